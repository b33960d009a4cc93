// The scan of a root filesystem of which nothing is known yet.
import { type DirectoryTable, tableOfPieces } from './directory-table.js';
import type { ScanContext, ScanTask } from './scan-task.js';
import { shareWork, type Work } from './scan-threads.js';

/** How a scan goes about it, whatever it looks for. */
export interface ScanManner {
  threads: number;
  warn(message: string): void;
  signal: AbortSignal | undefined;
}

export interface FirstScan {
  directories: DirectoryTable;
  /** The latest ctime of a directory, in milliseconds since the epoch. */
  latest: number;
  /** Whether any directory's ctime was not a whole second. */
  subsecond: boolean;
}

export async function firstScan(context: ScanContext, manner: ScanManner): Promise<FirstScan> {
  const pieces: string[] = [];
  const stamps = { latest: 0, subsecond: false };
  const pending = ['/'];
  const work: Work = {
    next: () => listTask(context, pending),
    done(_, result) {
      result.warnings.forEach(manner.warn);
      if (result.directories !== '') pieces.push(result.directories);
      pending.push(...result.fresh);
      stamps.latest = Math.max(stamps.latest, result.latest);
      stamps.subsecond ||= result.subsecond;
    },
  };
  await shareWork(work, manner.threads, manner.signal);
  return { ...stamps, directories: tableOfPieces(pieces) };
}

/** Takes a share of the directories that are still to be listed. */
export function listTask(context: ScanContext, pending: string[]): ScanTask | undefined {
  if (pending.length === 0) return undefined;
  const share = Math.min(Math.ceil(pending.length / 4), 64);
  return { kind: 'list', context, paths: pending.splice(-share) };
}
