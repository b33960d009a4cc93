// The other names of files that got a new name without being touched.
import type { Stats } from 'node:fs';
import type { Change } from './change.js';
import type { Directory } from './directory-table.js';
import { isUntouched } from './evidence.js';
import { childPath, splitNames } from './path.js';
import { lstatOrMiss } from './read-or-miss.js';
import { hostPath, type ScanContext } from './scan-task.js';

/**
 * A directory that is moved takes its files along without touching them. Those that have further names outside
 * it are still one file with these, and a layer says so only where it holds all of the names: so they are
 * added as modified. A file that was touched itself needs no search, for it is touched under all its names.
 * @param kinds what was found to be changed, by path; grows.
 * @param directories as they are now, by path.
 */
export function addLinkedNames(
  kinds: Map<string, Change['kind']>,
  directories: ReadonlyMap<string, Directory>,
  context: ScanContext,
): void {
  const missing = new Map<string, number>();
  for (const [path, kind] of kinds) {
    if (kind === 'deleted' || directories.has(path)) continue;
    const stats = linked(path, context);
    if (stats === undefined) continue;
    const inode = inodeOf(stats);
    missing.set(inode, (missing.get(inode) ?? stats.nlink) - 1);
  }
  for (const [inode, names] of missing) if (names <= 0) missing.delete(inode);
  if (missing.size === 0) return;
  for (const { path: directory, files } of directories.values())
    for (const name of splitNames(files)) {
      const path = childPath(directory, name);
      if (kinds.has(path)) continue;
      const stats = linked(path, context);
      if (stats !== undefined && missing.has(inodeOf(stats))) kinds.set(path, 'modified');
    }
}

/** Of an untouched file with several names. */
function linked(path: string, context: ScanContext): Stats | undefined {
  const stats = lstatOrMiss(hostPath(context, path), []);
  if (typeof stats === 'string' || stats.isDirectory() || stats.nlink < 2) return undefined;
  return context.evidence === 'content' || isUntouched(stats.ctimeMs, '', context.stamp) ? stats : undefined;
}

const inodeOf = ({ dev, ino }: Stats): string => `${dev}:${ino}`;
