// The compressions that a layer's tar comes in.
import zlib from 'node:zlib';
import { mediaTypes } from '../image/manifest.js';
import { UsageError } from '../report/usage-error.js';
import type { Compression } from './layer.js';

const suffixes: Record<Compression, string> = { gzip: '+gzip', zstd: '+zstd', none: '' };

/** The OCI media type of a layer. */
export function layerMediaType(compression: Compression): string {
  return mediaTypes.layer + suffixes[compression];
}

/** How the bytes of a file are compressed, by the first of them. */
export function detectCompression(start: Buffer): Compression {
  if (start[0] === 0x1f && start[1] === 0x8b) return 'gzip';
  if (start.length >= 4 && start.readUInt32LE(0) === 0xfd2fb528) return 'zstd';
  return 'none';
}

/** zstd's streams where this Node.js has them. */
type ZstdStreams = Partial<{ createZstdCompress(): zlib.Gzip; createZstdDecompress(): zlib.Gunzip }>;

/** @throws UsageError where this Node.js cannot do zstd */
export function zstdStreams(): Required<ZstdStreams> {
  const streams = zlib as ZstdStreams;
  if (streams.createZstdCompress === undefined || streams.createZstdDecompress === undefined)
    throw new UsageError(
      `zstd needs Node.js 22.15 or 23.8 or later, this is ${process.version}: update it, or use gzip or no compression.`,
    );
  return streams as Required<ZstdStreams>;
}
