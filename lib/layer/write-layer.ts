// Writes a layer: some changes of a rootfs as a compressed tar, with its digests.
import { createHash, randomUUID } from 'node:crypto';
import fs from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { type Logger, silentLogger } from '../report/logger.js';
import type { Change } from '../snapshot/change.js';
import { compressChunks } from './compress-chunks.js';
import { layerMediaType } from './compression.js';
import type { Compression, Layer } from './layer.js';
import { packEntries } from './pack-entries.js';
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

/** Bytes of tar that are read, hashed and compressed at a time; part of what determines a gzip'ed layer's digest. */
const chunkSize = 1024 * 1024;

/**
 * Writes a layer with the changes and the directories above them. The same rootfs and changes give the same
 * bytes. Nothing is left in `directory` where it throws.
 * @throws Error with a sentence where a path cannot go into a layer, changes meanwhile or cannot be read
 */
export async function writeLayer(options: WriteLayerOptions): Promise<Layer> {
  const { rootfs, changes, directory, compression = 'gzip', sourceDateEpoch, signal } = options;
  const logger = options.logger ?? silentLogger;
  const file = join(directory, `layer-${randomUUID()}`);
  const entries = planLayer(changes);
  const output = await open(file, 'wx', 0o644);
  try {
    const diffHash = createHash('sha256');
    const hash = createHash('sha256');
    let size = 0;
    const chunks = packEntries({
      rootfs,
      entries,
      latest: sourceDateEpoch === undefined ? undefined : BigInt(sourceDateEpoch) * 1_000_000_000n,
      nextBuffer: () => Buffer.allocUnsafe(chunkSize),
      onNote: (note) => logger.warn(note),
    });
    for await (const bytes of compressChunks(hashed(chunks, diffHash, signal), compression)) {
      hash.update(bytes);
      size += bytes.length;
      for (let at = 0; at < bytes.length; ) at += (await output.write(bytes, at)).bytesWritten;
    }
    await output.close();
    return {
      diffID: `sha256:${diffHash.digest('hex')}`,
      digest: `sha256:${hash.digest('hex')}`,
      size,
      mediaType: layerMediaType(compression),
      file,
    };
  } catch (error) {
    await output.close().catch(() => {});
    fs.rmSync(file, { force: true });
    throw error;
  }
}

function* hashed(chunks: Iterable<Buffer>, hash: ReturnType<typeof createHash>, signal?: AbortSignal) {
  for (const chunk of chunks) {
    signal?.throwIfAborted();
    hash.update(chunk);
    yield chunk;
  }
}
