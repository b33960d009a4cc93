// Archives for ADD: gzip, bzip2, xz and zstd, recognised by their first bytes, as streams.
import { type Readable, Transform } from 'node:stream';
import { ReadableStream } from 'node:stream/web';
import zlib from 'node:zlib';
import { Decompress as ZstdDecompress } from 'fzstd';
import unbzip2 from 'unbzip2-stream';
import xz from 'xz-decompress';

export type ArchiveCompression = 'none' | 'gzip' | 'bzip2' | 'xz' | 'zstd';

const magics: [ArchiveCompression, Buffer][] = [
  ['gzip', Buffer.of(0x1f, 0x8b, 0x08)],
  ['bzip2', Buffer.from('BZh')],
  ['xz', Buffer.of(0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00)],
  ['zstd', Buffer.of(0x28, 0xb5, 0x2f, 0xfd)],
];

/** How many bytes `detectArchiveCompression` wants to see. */
export const magicLength = 6;

/** How a file is compressed, by its first bytes. */
export function detectArchiveCompression(start: Buffer): ArchiveCompression {
  return magics.find(([, magic]) => start.subarray(0, magic.length).equals(magic))?.[0] ?? 'none';
}

/** The bytes of a stream decompressed; errors of the source and of the data come out of the iteration. */
export function decompress(source: Readable, compression: ArchiveCompression): AsyncIterable<Buffer> {
  switch (compression) {
    case 'none':
      return source;
    case 'gzip':
      return piped(source, zlib.createGunzip());
    case 'bzip2':
      return piped(source, unbzip2() as unknown as Transform);
    case 'zstd':
      return piped(source, zstdStream());
    case 'xz':
      return xzBytes(source);
  }
}

function piped(source: Readable, transform: Transform): AsyncIterable<Buffer> {
  source.on('error', (error) => transform.destroy(error));
  transform.on('close', () => source.destroy());
  // unbzip2-stream is an old-style stream: what it emits is gathered by one of today's.
  if (typeof transform[Symbol.asyncIterator] === 'function') return source.pipe(transform);
  const modern = new Transform({ transform: (chunk, _, done) => done(null, chunk) });
  transform.on('error', (error) => modern.destroy(error));
  modern.on('close', () => source.destroy());
  source.pipe(transform).pipe(modern);
  return modern;
}

/** In JavaScript, because Node.js has zstd only from 22.15 on. */
function zstdStream(): Transform {
  let push = (_: Buffer): void => {};
  const decompressor = new ZstdDecompress((chunk) => push(Buffer.from(chunk)));
  return new Transform({
    transform(chunk: Buffer, _, done) {
      push = (piece) => this.push(piece);
      try {
        decompressor.push(chunk);
        done();
      } catch (error) {
        done(error as Error);
      }
    },
  });
}

async function* xzBytes(source: Readable): AsyncIterable<Buffer> {
  const input = ReadableStream.from(source);
  const reader = new xz.XzReadableStream(input as globalThis.ReadableStream<Uint8Array>).getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      yield Buffer.from(value);
    }
  } finally {
    source.destroy();
  }
}
