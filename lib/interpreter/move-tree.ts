// Moves a file or directory with everything that belongs to it, also where rename cannot: to another file
// system, and for directories of an overlay's lower layers, which can only be made anew.
import {
  type BigIntStats,
  chmodSync,
  lchownSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmdirSync,
  unlinkSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { decodePath, encodePath } from '../rootfs/byte-path.js';
import { readXattrs, setTimes, setXattr } from '../rootfs/syscalls.js';
import { copyTree } from './copy-tree.js';

const neverAborted = new AbortController().signal;

/**
 * Moves `from` to `to`, which must not exist; its parent must.
 * @returns by its new path, everything whose inode was touched or made, and the ctime (in nanoseconds) that it
 *   had: of a directory that could be renamed, that alone.
 */
export async function moveTree({ from, to }: { from: string; to: string }): Promise<Map<string, bigint>> {
  // Before anything is taken out of it, which moves a directory's times.
  const stats = lstatSync(encodePath(from), { bigint: true });
  const { ctimeNs } = stats;
  try {
    renameSync(encodePath(from), encodePath(to));
    return new Map([[to, ctimeNs]]);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EXDEV') throw error;
  }
  if (!stats.isDirectory()) {
    await copyTree({
      tree: { root: dirname(from), label: dirname(from) },
      path: `/${basename(from)}`,
      target: to,
      root: dirname(to),
      rules: {},
      signal: neverAborted,
    });
    unlinkSync(encodePath(from));
    return new Map([[to, ctimeNs]]);
  }
  mkdirSync(encodePath(to), { mode: 0o700 });
  const moved = new Map<string, bigint>();
  for (const bytes of readdirSync(encodePath(from), 'buffer')) {
    const name = decodePath(bytes);
    const below = await moveTree({ from: join(from, name), to: join(to, name) });
    for (const [path, changed] of below) moved.set(path, changed);
  }
  copyAttributes(from, to, stats);
  rmdirSync(encodePath(from));
  return moved.set(to, ctimeNs);
}

function copyAttributes(from: string, to: string, stats: BigIntStats): void {
  const { uid, gid, mode, atimeNs, mtimeNs } = stats;
  lchownSync(encodePath(to), Number(uid), Number(gid));
  chmodSync(encodePath(to), Number(mode) & 0o7777);
  for (const [name, value] of readXattrs(from)) setXattr(to, name, value);
  setTimes(to, atimeNs, mtimeNs);
}
