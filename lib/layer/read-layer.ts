// Reads a layer's file from end to end: decompresses it, takes its digests, parses its tar.
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import zlib from 'node:zlib';
import type { Digest } from '../image/manifest.js';
import { detectCompression, zstdStreams } from './compression.js';
import { createTarReader, type TarVisitor } from './read-tar.js';

const chunkSize = 1024 * 1024;

/**
 * Calls the visitor for each entry of a layer's file; the compression is told by the first bytes.
 * @returns the digests of what was read
 * @throws Error with a sentence where the file is not a whole tar, and whatever the visitor throws
 */
export async function readLayer(options: {
  file: string;
  visitor: TarVisitor;
  signal?: AbortSignal | undefined;
}): Promise<{ digest: Digest; diffID: Digest }> {
  const { file, visitor, signal } = options;
  const compression = detectCompression(await readStart(file));
  const hash = createHash('sha256');
  const diffHash = createHash('sha256');
  const reader = createTarReader(visitor);
  const input = createReadStream(file, { highWaterMark: chunkSize, ...(signal && { signal }) });
  input.on('data', (chunk) => hash.update(chunk));
  const decompressor =
    compression === 'none'
      ? undefined
      : compression === 'gzip'
        ? zlib.createGunzip({ chunkSize })
        : zstdStreams().createZstdDecompress();
  input.on('error', (error) => decompressor?.destroy(error));
  try {
    for await (const chunk of decompressor ? input.pipe(decompressor) : input) {
      diffHash.update(chunk);
      reader.push(chunk);
    }
    reader.end();
  } finally {
    input.destroy();
    decompressor?.destroy();
  }
  return { digest: `sha256:${hash.digest('hex')}`, diffID: `sha256:${diffHash.digest('hex')}` };
}

async function readStart(file: string): Promise<Buffer> {
  const handle = await open(file);
  try {
    const start = Buffer.alloc(4);
    const { bytesRead } = await handle.read(start, 0, 4, 0);
    return start.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}
