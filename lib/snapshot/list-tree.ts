// The first scan, and that of every new directory: names and types, and a stat of directories alone.

import {
  closeDirectory,
  type DirectoryStamp,
  directoryStamp,
  openDirectory,
} from '../rootfs/open-directory.js';
import type { Directory } from './directory-table.js';
import { markOf } from './evidence.js';
import { namesLeftOut } from './left-out.js';
import { type Listing, listOpenDirectory } from './list-directory.js';
import { childPath } from './path.js';
import { readOrMiss } from './read-or-miss.js';
import { type Findings, hostPath, type ScanContext } from './scan-task.js';

/** Names after which a piece of the work is handed back, for other threads to take their share. */
const enoughNames = 4000;

/** Lists directories and what is below them, depth first; what it does not get to is left in `fresh`. */
export function listTree(paths: readonly string[], context: ScanContext, result: Findings): void {
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
  result: Findings,
): { directory: Directory; below: string[]; count: number } | undefined {
  const onHost = hostPath(context, path);
  const found = look(onHost, skip, result.warnings);
  if (found === 'gone') return undefined;
  const { ctimeMs, identity } = found.stamp;
  const { directories, files } = found.listing;
  if (ctimeMs > result.latest) result.latest = ctimeMs;
  result.subsecond ||= ctimeMs % 1000 !== 0;
  const directory: Directory = {
    path,
    identity,
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

/** The stamp of a directory and the names in it; none where it must not be read, which is warned of. */
function look(path: string, skip: ReadonlySet<string> | undefined, warnings: string[]): Look | 'gone' {
  const found = readOrMiss(path, warnings, () => lookFor('names', path, skip));
  if (found !== 'unreadable') return found;
  const unread = readOrMiss(path, [], () => lookFor('stamps', path, skip));
  return unread === 'unreadable' ? 'gone' : unread;
}

interface Look {
  stamp: DirectoryStamp;
  listing: Listing;
}

function lookFor(purpose: 'names' | 'stamps', path: string, skip: ReadonlySet<string> | undefined): Look {
  const directory = openDirectory(path, purpose);
  try {
    const listing = purpose === 'names' ? listOpenDirectory(directory, skip) : { directories: [], files: [] };
    return { stamp: directoryStamp(directory), listing };
  } finally {
    closeDirectory(directory);
  }
}
