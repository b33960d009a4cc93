// ADD of a URL: downloads it as a file of mode 600, as BuildKit does.
// https://docs.docker.com/reference/dockerfile/#adding-files-from-a-url
import { createHash, type Hash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { join, posix } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimes } from '../rootfs/syscalls.js';

const fileMode = 0o600;

/** What a URL's file is called where its path has no name. */
const unnamed = '__unnamed__';

/** Whether a source is a URL; git repositories are such too, and are to be asked for first. */
export function isHttpSource(source: string): boolean {
  return /^https?:\/\//.test(source);
}

/** The name that a URL's file gets in a destination directory: the last one of its path, decoded. */
export function urlFileName(url: string): string {
  let path: string;
  try {
    path = decodeURIComponent(new URL(url).pathname);
  } catch {
    return unnamed;
  }
  const name = posix.basename(path);
  return name === '' || name === '.' || name === '..' || name.includes('\0') ? unnamed : name;
}

/**
 * Downloads a URL, redirects followed, as `folder/download` with the time of its `Last-Modified`, else the epoch.
 * @param checksum `sha256:…` (or sha384, sha512) that the content must have.
 * @returns absolute path of the file.
 * @throws Error naming the URL for a failed connection, a status other than success, or a wrong checksum.
 */
export async function download({
  url,
  checksum,
  folder,
  signal,
}: {
  url: string;
  checksum?: string | undefined;
  folder: string;
  signal: AbortSignal;
}): Promise<string> {
  const expected = checksum === undefined ? undefined : parseChecksum(checksum);
  const file = join(folder, 'download');
  let response: Response;
  try {
    response = await fetch(url, { signal, redirect: 'follow' });
    if (!response.ok) throw new Error(`the server answered ${response.status} ${response.statusText}`.trim());
    const body = response.body === null ? Readable.from([]) : Readable.fromWeb(response.body as never);
    const hash = expected?.hash;
    await pipeline(
      body,
      async function* (chunks: AsyncIterable<Uint8Array>) {
        for await (const chunk of chunks) {
          hash?.update(chunk);
          yield chunk;
        }
      },
      createWriteStream(file, { flags: 'wx', mode: fileMode }),
      { signal },
    );
  } catch (error) {
    signal.throwIfAborted();
    const { message, cause } = error as Error;
    const reason = (cause as Error | undefined)?.message ?? message;
    throw new Error(`'${url}' cannot be downloaded: ${reason}.`, { cause: error });
  }
  if (expected !== undefined) {
    const found = `${expected.algorithm}:${expected.hash.digest('hex')}`;
    if (found !== checksum) {
      throw new Error(
        `'${url}' is not what --checksum says: expected ${checksum}, got ${found}. ` +
          'The file may have changed: look at it before you change the checksum.',
      );
    }
  }
  const modified = Date.parse(response.headers.get('last-modified') ?? '') || 0;
  setTimes(file, BigInt(modified) * 1_000_000n, BigInt(modified) * 1_000_000n);
  return file;
}

function parseChecksum(checksum: string): { algorithm: string; hash: Hash } {
  const [, algorithm, hex] = /^(sha256|sha384|sha512):([0-9a-f]+)$/.exec(checksum) ?? [];
  const bits = Number(algorithm?.slice('sha'.length));
  if (algorithm === undefined || hex!.length * 4 !== bits) {
    throw new Error(
      `--checksum=${checksum} cannot be used: for a URL it is 'sha256:' and 64 lower-case hexadecimal digits.`,
    );
  }
  return { algorithm, hash: createHash(algorithm) };
}
