// Compresses a tar that comes in chunks; gzip does several chunks at a time.
import { availableParallelism } from 'node:os';
import { Readable } from 'node:stream';
import { promisify } from 'node:util';
import zlib from 'node:zlib';
import { zstdStreams } from './compression.js';
import { crc32 } from './crc32.js';
import type { Compression } from './layer.js';

/** The compressed bytes, in order. */
export function compressChunks(
  chunks: Iterable<Buffer>,
  compression: Compression,
): AsyncIterable<Buffer> | Iterable<Buffer> {
  if (compression === 'none') return chunks;
  if (compression === 'zstd') return Readable.from(chunks).pipe(zstdStreams().createZstdCompress());
  return gzipChunks(chunks);
}

const deflateRaw = promisify<Buffer, zlib.ZlibOptions, Buffer>(zlib.deflateRaw);
/** What deflate can refer back to. */
const windowSize = 32 * 1024;
/** Deflate, no name, no time, Unix: the same for everyone. */
const gzipHeader = Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3]);
/** An empty last block. */
const deflateEnd = Buffer.from([0x03, 0x00]);

/**
 * One gzip member (RFC 1952) of blocks that are deflated each on its own, with the end of the block before as
 * dictionary, so that all cores work and the bytes do not depend on how many there are.
 */
async function* gzipChunks(chunks: Iterable<Buffer>): AsyncGenerator<Buffer> {
  const pending: Promise<Buffer>[] = [];
  let crc = 0;
  let length = 0;
  let previous: Buffer | undefined;
  yield gzipHeader;
  for (const chunk of chunks) {
    const deflated = deflateRaw(chunk, {
      level: 6,
      finishFlush: zlib.constants.Z_SYNC_FLUSH,
      chunkSize: chunk.length + 1024,
      ...(previous === undefined ? {} : { dictionary: previous }),
    });
    deflated.catch(() => {});
    pending.push(deflated);
    crc = crc32(chunk, crc);
    length += chunk.length;
    previous = chunk.subarray(-windowSize);
    if (pending.length > availableParallelism() + 1) yield await pending.shift()!;
  }
  for (const deflated of pending) yield await deflated;
  const trailer = Buffer.alloc(8);
  trailer.writeUInt32LE(crc, 0);
  trailer.writeUInt32LE(length % 2 ** 32, 4);
  yield Buffer.concat([deflateEnd, trailer]);
}
