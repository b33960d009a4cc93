// What a root filesystem is, as a digest: the base of a key where no image is named that it came from. Reads every
// file once, so a base image is the faster way.

import { createHash } from 'node:crypto';
import { lstatSync, readlinkSync, realpathSync } from 'node:fs';
import type { Digest } from '../image/manifest.js';
import { encodePath } from '../rootfs/byte-path.js';
import { readXattrs } from '../rootfs/syscalls.js';
import { namesLeftOut, pathsLeftOut } from '../snapshot/left-out.js';
import { listDirectory } from '../snapshot/list-directory.js';
import { childPath } from '../snapshot/path.js';
import { digestFile } from './file-digests.js';

/**
 * The digest of every path with all that a layer would tell of it.
 * @param options.ignore paths inside to leave out, as of snapshots.
 */
export async function digestRootfs(options: {
  rootfs: string;
  ignore: readonly string[];
  signal: AbortSignal;
}): Promise<Digest> {
  const { ignore, signal } = options;
  const rootfs = realpathSync(encodePath(options.rootfs), 'utf8');
  const skipped = namesLeftOut(pathsLeftOut(rootfs, ignore).paths);
  const hash = createHash('sha256');
  const digests = new Map<string, string>();
  const linked = new Map<string, string>();

  const add = async (path: string): Promise<void> => {
    signal.throwIfAborted();
    const file = rootfs === '/' ? path : rootfs + path;
    const stats = lstatSync(encodePath(file), { bigint: true, throwIfNoEntry: false });
    if (stats === undefined) return;
    const facts = [path, stats.mode, stats.uid, stats.gid, stats.mtimeNs, stats.rdev].map(String);
    for (const [name, value] of readXattrs(file)) facts.push(name, value.toString('hex'));
    if (stats.isSymbolicLink()) facts.push(readlinkSync(encodePath(file), 'buffer').toString('hex'));
    if (stats.isFile()) facts.push(await digestFile(file, stats, digests, signal));
    if (!stats.isDirectory() && stats.nlink > 1n) {
      const inode = `${stats.dev}:${stats.ino}`;
      if (!linked.has(inode)) linked.set(inode, path);
      facts.push(linked.get(inode)!);
    }
    hash.update(`${JSON.stringify(facts)}\n`);
    if (!stats.isDirectory()) return;
    const { directories, files } = listDirectory(file, skipped.get(path));
    for (const name of [...directories, ...files].sort()) await add(childPath(path, name));
  };
  await add('/');
  return `sha256:${hash.digest('hex')}`;
}
