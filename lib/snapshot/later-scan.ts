// The scan of a root filesystem that an earlier snapshot knows: what is changed since.
import type { Change } from './change.js';
import {
  type Directory,
  type DirectoryTable,
  packDirectories,
  tableOfMap,
  unpackDirectories,
} from './directory-table.js';
import { listTask, type ScanManner } from './first-scan.js';
import type { LeftOut } from './left-out.js';
import { addLinkedNames } from './linked-names.js';
import { childPath, parentPath, splitNames } from './path.js';
import { inByteOrder } from './path-order.js';
import type { ScanContext, ScanResult, ScanTask } from './scan-task.js';
import { shareWork } from './scan-threads.js';
import type { Snapshot } from './snapshot.js';
import type { TouchedDirectory } from './touched.js';

export interface LaterScan {
  directories: DirectoryTable;
  changes: Change[];
  /** Changed directories that are still the same, as they are now. */
  touched: Map<string, TouchedDirectory>;
}

/** Length of joined names that makes a piece of one directory: some thousand files. */
const enoughNames = 1 << 15;

/**
 * First every known directory on its own, in any order; then, with what that tells of the directories above
 * them, those that came along with a moved one, and new ones.
 */
export async function laterScan(
  before: Snapshot,
  leftOut: LeftOut,
  context: ScanContext,
  manner: ScanManner,
): Promise<LaterScan> {
  const found = await compareKnown(before, context, manner);
  dropUnreachable(found);
  const came = cameAlong(found, before);
  await compareMoved(found, came, context, manner);

  const directories = directoriesNow(found, before);
  for (const path of found.deleted) markDeleted(path, before, leftOut, found.kinds);
  if (found.kinds.size > 0) addLinkedNames(found.kinds, directories.byPath(), context);
  const changes = [...found.kinds].map(([path, kind]) => ({ path, kind }));
  return { directories, changes: inByteOrder(changes), touched: found.touched };
}

function directoriesNow({ gone, directories, renumbered }: Found, before: Snapshot): DirectoryTable {
  if (gone.size + directories.size + renumbered.size === 0) return before.directories;
  const now = new Map(before.directories.byPath());
  for (const path of gone.size > 0 ? before.directories.byPath().keys() : [])
    if (gone.has(path) || !now.has(parentPath(path))) now.delete(path);
  for (const directory of directories.values()) now.set(directory.path, directory);
  for (const [path, identity] of renumbered) {
    const directory = now.get(path);
    if (directory) now.set(path, { ...directory, identity });
  }
  return tableOfMap(now);
}

/** What the pieces of the scan found, together. */
interface Found {
  kinds: Map<string, Change['kind']>;
  deleted: string[];
  directories: Map<string, Directory>;
  gone: Set<string>;
  replaced: Set<string>;
  renumbered: Map<string, string>;
  touched: Map<string, TouchedDirectory>;
  fresh: string[];
  unchecked: ScanTask[];
}

async function compareKnown(before: Snapshot, context: ScanContext, manner: ScanManner): Promise<Found> {
  const found: Found = {
    kinds: new Map(),
    deleted: [],
    directories: new Map(),
    gone: new Set(),
    replaced: new Set(),
    renumbered: new Map(),
    touched: new Map(),
    fresh: [],
    unchecked: [],
  };
  const known = [...before.directories.pieces()];
  await shareWork(
    {
      next: () => found.unchecked.pop() ?? compareTask(known.pop(), false, context),
      done: (_, result) => void collect(result, found, context, manner),
    },
    manner.threads,
    manner.signal,
  );
  return found;
}

function compareTask(
  directories: string | undefined,
  replaced: boolean,
  context: ScanContext,
): ScanTask | undefined {
  return directories === undefined ? undefined : { kind: 'compare', context, directories, replaced };
}

/** @returns the directories of the result. */
function collect(result: ScanResult, found: Found, context: ScanContext, manner: ScanManner): Directory[] {
  result.warnings.forEach(manner.warn);
  for (const path of result.modified) found.kinds.set(path, 'modified');
  for (const path of result.added) found.kinds.set(path, 'added');
  found.deleted.push(...result.deleted);
  const directories = unpackDirectories(result.directories);
  for (const directory of directories) found.directories.set(directory.path, directory);
  for (const path of result.gone) found.gone.add(path);
  for (const path of result.replaced) found.replaced.add(path);
  for (const { path, identity } of result.renumbered) found.renumbered.set(path, identity);
  for (const [path, directory] of result.touched) found.touched.set(path, directory);
  found.fresh.push(...result.fresh);
  for (const { path, files } of result.unchecked)
    for (const piece of pieces(files)) found.unchecked.push({ kind: 'check', context, path, files: piece });
  return directories;
}

/** Cuts joined names between names. */
function* pieces(files: string): Generator<string> {
  for (let start = 0; start < files.length; ) {
    const cut = files.indexOf('/', start + enoughNames);
    const end = cut < 0 ? files.length : cut;
    yield files.slice(start, end);
    start = end + 1;
  }
}

/**
 * Where a symlink took the place of a known directory, the paths below led through it to somewhere else:
 * nothing that was found there is in the directory tree.
 */
function dropUnreachable(found: Found): void {
  if (found.gone.size === 0) return;
  const unreachable = (path: string): boolean => {
    for (let at = path; at !== '/'; ) {
      at = parentPath(at);
      if (found.gone.has(at)) return true;
    }
    return false;
  };
  for (const map of [found.kinds, found.directories, found.renumbered, found.touched])
    for (const path of map.keys()) if (unreachable(path)) map.delete(path);
  found.deleted = found.deleted.filter((path) => !unreachable(path));
  found.fresh = found.fresh.filter((path) => !unreachable(path));
}

/** Untouched directories with another identity whose parent is another one too: they came along with it. */
function cameAlong(found: Found, before: Snapshot): Directory[] {
  const came: Directory[] = [];
  for (const path of [...found.renumbered.keys()].sort((a, b) => a.length - b.length)) {
    if (!found.replaced.has(parentPath(path))) continue;
    found.replaced.add(path);
    found.renumbered.delete(path);
    came.push(before.directories.byPath().get(path)!);
  }
  return came;
}

/** Directories that came along are compared as what they are, others; new ones are listed. */
async function compareMoved(
  found: Found,
  came: Directory[],
  context: ScanContext,
  manner: ScanManner,
): Promise<void> {
  const rest = [...came];
  await shareWork(
    {
      next() {
        const directory = rest.pop();
        const moved = directory && packDirectories([directory]);
        return compareTask(moved, true, context) ?? found.unchecked.pop() ?? listTask(context, found.fresh);
      },
      done(task, result) {
        const directories = collect(result, found, context, manner);
        if (task.kind === 'list') markAdded(directories, found.kinds);
      },
    },
    manner.threads,
    manner.signal,
  );
}

function markAdded(directories: Directory[], kinds: Found['kinds']): void {
  for (const { path, directories: below, files } of directories)
    for (const name of [...splitNames(below), ...splitNames(files)])
      kinds.set(childPath(path, name), 'added');
}

/** A directory above something left out is never deleted itself: the rest of what is in it is. */
function markDeleted(path: string, before: Snapshot, leftOut: LeftOut, kinds: Found['kinds']): void {
  const directory = leftOut.kept.has(path) ? before.directories.byPath().get(path) : undefined;
  if (directory === undefined) {
    kinds.set(path, 'deleted');
    return;
  }
  for (const name of [...splitNames(directory.directories), ...splitNames(directory.files)])
    markDeleted(childPath(path, name), before, leftOut, kinds);
}
