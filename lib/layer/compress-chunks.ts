// Compresses a tar that comes in chunks; gzip does several chunks at a time.
import { availableParallelism } from 'node:os';
import { promisify } from 'node:util';
import zlib from 'node:zlib';
import type { Chunk } from './chunk.js';
import { zstdStreams } from './compression.js';
import { crc32 } from './crc32.js';
import type { Compression } from './layer.js';

type Chunks = AsyncIterable<Chunk> | Iterable<Chunk>;

/** The compressed bytes, in order; each piece is valid until the next one is asked for. */
export function compressChunks(chunks: Chunks, compression: Compression): AsyncGenerator<Buffer> {
  if (compression === 'gzip') return gzipChunks(chunks);
  if (compression === 'zstd') return zstdChunks(chunks);
  return plainChunks(chunks);
}

async function* plainChunks(chunks: Chunks): AsyncGenerator<Buffer> {
  for await (const { bytes, release } of chunks) {
    yield bytes;
    release();
  }
}

async function* zstdChunks(chunks: Chunks): AsyncGenerator<Buffer> {
  const stream = zstdStreams().createZstdCompress();
  const fed = (async () => {
    for await (const { bytes, release } of chunks) {
      await new Promise<void>((resolve, reject) =>
        stream.write(bytes, (error) => (error ? reject(error) : resolve())),
      );
      release();
    }
    stream.end();
  })();
  fed.catch((error) => stream.destroy(error));
  yield* stream;
  await fed;
}

const deflateRaw = promisify<Buffer, zlib.ZlibOptions, Buffer>(zlib.deflateRaw);
/** What deflate can refer back to. */
const windowSize = 32 * 1024;
/** Deflate, no name, no time, Unix: the same for everyone. */
const gzipHeader = Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3]);
/** An empty last block. */
const deflateEnd = Buffer.from([0x03, 0x00]);
const level = 6;
/** What compressed bytes can be longer than plain ones, and the marker that ends the block. */
const room = 1024;

/**
 * One gzip member (RFC 1952) of blocks that are deflated each on its own, on the threads of libuv's pool, with
 * the end of the block before as dictionary: all cores work, and the bytes do not depend on how many there are.
 */
async function* gzipChunks(chunks: Chunks): AsyncGenerator<Buffer> {
  const pending: Promise<Buffer>[] = [];
  const most = availableParallelism() + 2;
  let crc = 0;
  let length = 0;
  let dictionary: Buffer | undefined;
  yield gzipHeader;
  for await (const { bytes, release } of chunks) {
    const deflated = deflateRaw(bytes, {
      level,
      finishFlush: zlib.constants.Z_SYNC_FLUSH,
      chunkSize: bytes.length + room,
      ...(dictionary && { dictionary }),
    }).finally(release);
    // Awaited in its turn; until then a failure must not count as unhandled.
    deflated.catch(() => {});
    pending.push(deflated);
    crc = crc32(bytes, crc);
    length += bytes.length;
    dictionary = Buffer.from(bytes.subarray(-windowSize));
    if (pending.length >= most) yield await pending.shift()!;
  }
  for (const deflated of pending) yield await deflated;
  const trailer = Buffer.alloc(8);
  trailer.writeUInt32LE(crc, 0);
  trailer.writeUInt32LE(length % 2 ** 32, 4);
  yield Buffer.concat([deflateEnd, trailer]);
}
