// What changed between two snapshots.
import type { Change } from './change.js';
import { assertClockKept } from './moment.js';
import type { Snapshot } from './snapshot.js';
import type { TouchedDirectories } from './touched.js';

export interface DiffOptions {
  before: Snapshot;
  /** Taken `since` the one before. */
  after: Snapshot;
  /** Directories that we ourselves touched: no change where they were as `before` and are what they were. */
  touched?: TouchedDirectories;
}

/**
 * The changes, sorted by the bytes of their paths. Those of the root directory itself have the path `/`.
 * Throws where `after` was not taken since `before`, or the system's clock was set back between them.
 */
export function diffSnapshots({ before, after, touched = new Map() }: DiffOptions): Change[] {
  if (after.since?.id !== before.id)
    throw new Error(
      'These two snapshots cannot be compared: pass the first to takeSnapshot as `since` when taking the second.',
    );
  assertClockKept(before.moment, after.moment);
  const { changes, directories } = after.since;
  return changes.filter(({ path }) => {
    const was = touched.get(path);
    const is = directories.get(path);
    return (
      !was ||
      !is ||
      was.stamp > before.moment.stamp ||
      permissions(was.mode) !== permissions(is.mode) ||
      was.uid !== is.uid ||
      was.gid !== is.gid ||
      was.modified !== is.modified ||
      was.xattrs !== is.xattrs
    );
  });
}

const permissions = (mode: number): number => mode & 0o7777;
