// A layer: something with a diffID, a digest, a size and a place, wherever it comes from.
import type { Digest } from '../image/manifest.js';

export type Compression = 'gzip' | 'zstd' | 'none';

/** A layer that lies on disk as a file. */
export interface Layer {
  /** Of the uncompressed tar. */
  diffID: Digest;
  /** Of the file as it is. */
  digest: Digest;
  /** Of the file, in bytes. */
  size: number;
  mediaType: string;
  /** Path of the file. */
  file: string;
}
