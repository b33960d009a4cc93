// The first scan, and that of every new directory: names and types, and a stat of directories alone.

import { markOf } from './evidence.js';
import { namesLeftOut } from './left-out.js';
import { listDirectory } from './list-directory.js';
import { childPath } from './path.js';
import { identityOf, lstatOrMiss, readOrMiss } from './read-or-miss.js';
import { hostPath, type ScanContext, type ScanResult } from './scan-task.js';
import type { Directory } from './snapshot.js';

/** Names after which a piece of the work is handed back, for other threads to take their share. */
const enoughNames = 4000;

/** Lists directories and what is below them, depth first; what it does not get to is left in `fresh`. */
export function listTree(paths: readonly string[], context: ScanContext, result: ScanResult): void {
  const skipped = namesLeftOut(context.leftOut);
  const rest = [...paths].reverse();
  for (let names = 0; names < enoughNames && rest.length > 0; ) {
    const path = rest.pop()!;
    const found = listOne(path, skipped.get(path), context, result);
    if (found === undefined) continue;
    result.directories.push(found.directory);
    for (const name of found.below) rest.push(childPath(path, name));
    names += found.count;
  }
  result.fresh.push(...rest.reverse());
}

function listOne(
  path: string,
  skip: ReadonlySet<string> | undefined,
  context: ScanContext,
  result: ScanResult,
): { directory: Directory; below: string[]; count: number } | undefined {
  const onHost = hostPath(context, path);
  const stats = lstatOrMiss(onHost, result.warnings);
  if (typeof stats === 'string' || !stats.isDirectory()) return undefined;
  if (stats.ctimeMs > result.latest) result.latest = stats.ctimeMs;
  result.subsecond ||= stats.ctimeMs % 1000 !== 0;
  const listing = readOrMiss(onHost, result.warnings, () => listDirectory(onHost, skip));
  if (listing === 'gone') return undefined;
  const { directories, files } = listing === 'unreadable' ? { directories: [], files: [] } : listing;
  const directory: Directory = {
    path,
    identity: identityOf(onHost, stats),
    directories: directories.join('/'),
    files: files.join('/'),
    marks: '',
    mark: '',
  };
  if (context.marking) {
    const mark = (hostPath: string) => markOf(hostPath, context.evidence, context.stamp, result.warnings);
    directory.mark = mark(onHost);
    directory.marks = files.map((name) => mark(childPath(onHost, name))).join('/');
  }
  return { directory, below: directories, count: 1 + directories.length + files.length };
}
