// Writes a layer: some changes of a rootfs as a compressed tar, with its digests.
import { createHash, type Hash, randomUUID } from 'node:crypto';
import { lstatSync } from 'node:fs';
import { type FileHandle, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Digest } from '../image/manifest.js';
import { type Logger, silentLogger } from '../report/logger.js';
import { encodePath } from '../rootfs/byte-path.js';
import type { Change } from '../snapshot/change.js';
import { type Chunk, chunkSize } from './chunk.js';
import { compressChunks } from './compress-chunks.js';
import { layerMediaType } from './compression.js';
import type { Compression, Layer } from './layer.js';
import { packEntries } from './pack-entries.js';
import { packInWorker } from './pack-in-worker.js';
import { planLayer } from './plan-layer.js';

export interface WriteLayerOptions {
  /** Absolute path of the root filesystem. */
  rootfs: string;
  /** As `diffSnapshots` gives them; at least one. */
  changes: readonly Change[];
  /** Where the file is made, under a name of no meaning; it must exist. */
  directory: string;
  compression?: Compression;
  /** Seconds since the epoch; later modification times are set back to it. */
  sourceDateEpoch?: number;
  logger?: Logger;
  signal?: AbortSignal;
}

/** Up to this, starting a thread costs more than it brings. */
const small = { entries: 256, bytes: 8 * 1024 * 1024 };

/**
 * Writes a layer with the changes and the directories above them. The same rootfs and changes give the same
 * bytes. Nothing is left in `directory` where it throws.
 * @throws Error with a sentence where a path cannot go into a layer, changes meanwhile or cannot be read
 */
export async function writeLayer(options: WriteLayerOptions): Promise<Layer> {
  const { directory, compression = 'gzip' } = options;
  const file = join(directory, `layer-${randomUUID()}`);
  const output = await open(file, 'wx', 0o644);
  try {
    const hash = createHash('sha256');
    const diffHash = compression === 'none' ? hash : createHash('sha256');
    const chunks = packChanges(options);
    let size = 0;
    for await (const bytes of compressChunks(
      diffHash === hash ? chunks : hashed(chunks, diffHash),
      compression,
    )) {
      const written = writeFully(output, bytes);
      hash.update(bytes);
      size += bytes.length;
      await written;
    }
    const digest: Digest = `sha256:${hash.digest('hex')}`;
    const diffID: Digest = diffHash === hash ? digest : `sha256:${diffHash.digest('hex')}`;
    return { diffID, digest, size, mediaType: layerMediaType(compression), file };
  } catch (error) {
    await rm(file, { force: true });
    throw error;
  } finally {
    await output.close();
  }
}

async function* packChanges(options: WriteLayerOptions): AsyncGenerator<Chunk> {
  const { rootfs, changes, sourceDateEpoch, logger = silentLogger, signal } = options;
  const request = {
    rootfs,
    latest: sourceDateEpoch === undefined ? undefined : BigInt(sourceDateEpoch) * 1_000_000_000n,
    onNote: (note: string) => logger.warn(note),
  };
  if (!isSmall(rootfs, changes)) {
    yield* packInWorker({ ...request, changes, signal });
    return;
  }
  const nextBuffer = () => Buffer.allocUnsafe(chunkSize);
  for (const bytes of packEntries({ ...request, entries: planLayer(changes), nextBuffer })) {
    signal?.throwIfAborted();
    yield { bytes, release() {} };
  }
}

function isSmall(rootfs: string, changes: readonly Change[]): boolean {
  if (changes.length > small.entries) return false;
  let bytes = 0;
  for (const { path } of changes) bytes += sizeOf(join(rootfs, path));
  return bytes <= small.bytes;
}

/** Of what cannot be looked at, 0: packing it will say what is wrong with it. */
function sizeOf(file: string): number {
  try {
    return lstatSync(encodePath(file)).size;
  } catch {
    return 0;
  }
}

async function* hashed(chunks: AsyncIterable<Chunk>, hash: Hash): AsyncGenerator<Chunk> {
  for await (const chunk of chunks) {
    hash.update(chunk.bytes);
    yield chunk;
  }
}

async function writeFully(output: FileHandle, bytes: Buffer): Promise<void> {
  for (let at = 0; at < bytes.length; ) at += (await output.write(bytes, at)).bytesWritten;
}
