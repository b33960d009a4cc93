// What files hold, as digests; a file that is as it was is not read again.
import { createHash } from 'node:crypto';
import { type BigIntStats, createReadStream, readFileSync } from 'node:fs';
import { encodePath } from '../rootfs/byte-path.js';

/** Digests of contents in hexadecimal, by what `lstat` says of the file they are of. */
export type FileDigests = Map<string, string>;

/** Up to this, a file is read in one piece. */
const smallFile = 1024 * 1024;

/** The sha256 of a file's content; `stats` are its own. */
export async function digestFile(
  file: string,
  stats: BigIntStats,
  digests: FileDigests,
  signal: AbortSignal,
): Promise<string> {
  const identity = [stats.dev, stats.ino, stats.size, stats.mtimeNs, stats.ctimeNs].join();
  const known = digests.get(identity);
  if (known !== undefined) return known;
  const hash = createHash('sha256');
  if (stats.size <= smallFile) hash.update(readFileSync(encodePath(file)));
  else for await (const chunk of createReadStream(encodePath(file), { signal })) hash.update(chunk);
  const digest = hash.digest('hex');
  digests.set(identity, digest);
  return digest;
}
