// One piece of a scan: small enough to keep a thread busy for some milliseconds, done with synchronous calls.
import type { Directory } from './directory-table.js';
import type { Evidence } from './snapshot.js';
import type { TouchedDirectory } from './touched.js';

/** What the pieces of one scan have in common. */
export interface ScanContext {
  /** Path of the root filesystem; '' for `/`, so that it can be put before a path. */
  root: string;
  leftOut: readonly string[];
  evidence: Evidence;
  /** What was changed has a later stamp than this one, of the earlier snapshot's moment. */
  stamp: number;
  /** Whether each file in a new directory is to be marked. */
  marking: boolean;
}

export type ScanTask =
  /** List these directories, which nothing is known of, and what is below them. */
  | { kind: 'list'; context: ScanContext; paths: string[] }
  /** Compare these directories, packed, with what they were, not what is below them. */
  | { kind: 'compare'; context: ScanContext; directories: string; replaced: boolean }
  /** Compare these files, joined by `/`, of one unmarked directory. */
  | { kind: 'check'; context: ScanContext; path: string; files: string };

/** What a piece found, as the thread that asked for it gets it. */
export type ScanResult = Omit<Findings, 'directories'> & { directories: string };

/** What a piece finds. */
export interface Findings {
  added: string[];
  modified: string[];
  deleted: string[];
  /** Directories as they are now, where they are new or not as they were; packed in the result. */
  directories: Directory[];
  /** Known directories that are none any more. */
  gone: string[];
  /** Known directories in whose place is another one. */
  replaced: string[];
  /** Untouched directories that have another identity: moved with a directory above, or numbered anew. */
  renumbered: { path: string; identity: string }[];
  /** Modified directories that are still the same one, as they are now. */
  touched: [path: string, TouchedDirectory][];
  /** New directories that are still to be listed. */
  fresh: string[];
  /** Files that are still to be checked, being too many for one piece. */
  unchecked: { path: string; files: string }[];
  warnings: string[];
  /** The latest ctime of a listed directory, and whether any had one that is not a whole second. */
  latest: number;
  subsecond: boolean;
}

/** Where a path inside the rootfs lies on the machine. */
export const hostPath = ({ root }: ScanContext, path: string): string =>
  path === '/' ? root || '/' : root + path;
