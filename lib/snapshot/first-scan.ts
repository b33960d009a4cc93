// The scan of a root filesystem of which nothing is known yet.

import type { ScanContext, ScanTask } from './scan-task.js';
import { shareWork, type Work } from './scan-threads.js';
import type { Directory } from './snapshot.js';

/** How a scan goes about it, whatever it looks for. */
export interface ScanManner {
  threads: number;
  warn(message: string): void;
  signal: AbortSignal | undefined;
}

export interface FirstScan {
  /** By path, parents before children. */
  directories: Map<string, Directory>;
  /** The latest ctime of a directory, in milliseconds since the epoch. */
  latest: number;
  /** Whether any directory's ctime was not a whole second. */
  subsecond: boolean;
}

export async function firstScan(context: ScanContext, manner: ScanManner): Promise<FirstScan> {
  const scan: FirstScan = { directories: new Map(), latest: 0, subsecond: false };
  const pending = ['/'];
  const work: Work = {
    next: () => listTask(context, pending),
    done(_, result) {
      result.warnings.forEach(manner.warn);
      for (const directory of result.directories) scan.directories.set(directory.path, directory);
      pending.push(...result.fresh);
      scan.latest = Math.max(scan.latest, result.latest);
      scan.subsecond ||= result.subsecond;
    },
  };
  await shareWork(work, manner.threads, manner.signal);
  return scan;
}

/** Takes a share of the directories that are still to be listed. */
export function listTask(context: ScanContext, pending: string[]): ScanTask | undefined {
  if (pending.length === 0) return undefined;
  const share = Math.min(Math.ceil(pending.length / 4), 64);
  return { kind: 'list', context, paths: pending.splice(-share) };
}
