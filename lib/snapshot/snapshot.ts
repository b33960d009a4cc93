// A snapshot: what a later scan must know of a root filesystem to tell what was changed since.
// It holds names, not stats. Why that is enough is written in docs/snapshot.md.
import type { Change } from './change.js';
import type { DirectoryTable } from './directory-table.js';
import type { LeftOut } from './left-out.js';
import type { Moment } from './moment.js';
import type { TouchedDirectory } from './touched.js';

/** How a scan tells whether a file was changed: by its ctime, or by a fingerprint of all there is to it. */
export type Evidence = 'ctime' | 'content';

export interface Snapshot {
  readonly id: symbol;
  /** The real path of the root filesystem. */
  readonly rootfs: string;
  readonly moment: Moment;
  readonly evidence: Evidence;
  /** Of the file system's stamps, in milliseconds; at least 1. */
  readonly granularity: number;
  readonly leftOut: LeftOut;
  readonly directories: DirectoryTable;
  /** What was changed since an earlier snapshot; only where it was taken `since` one. */
  readonly since?: Difference;
}

/** What the scan for one snapshot found changed since another. */
export interface Difference {
  /** The `id` of the earlier snapshot. */
  readonly id: symbol;
  readonly changes: readonly Change[];
  /** Changed directories that are still the same directory, as they are now, by path. */
  readonly directories: ReadonlyMap<string, TouchedDirectory>;
}
