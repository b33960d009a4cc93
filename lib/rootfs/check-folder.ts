// Folders that the caller names: looked at before anything is changed.
import { statSync } from 'node:fs';
import { UsageError } from '../report/usage-error.js';

/**
 * @param what begins the sentence: `root filesystem`.
 * @throws UsageError where the path is no folder.
 */
export function checkFolder(what: string, path: string): void {
  const kind = kindOf(what, path);
  if (kind === undefined) throw new UsageError(`The ${what} ${path} is not there.`);
  if (kind === 'other') throw new UsageError(`The ${what} ${path} is no folder.`);
}

/**
 * What is at a path, links followed.
 * @throws UsageError where that cannot be found out
 */
export function kindOf(what: string, path: string): 'folder' | 'other' | undefined {
  try {
    const stats = statSync(path, { throwIfNoEntry: false });
    return stats && (stats.isDirectory() ? 'folder' : 'other');
  } catch (error) {
    throw new UsageError(`The ${what} ${path} cannot be reached: ${(error as Error).message}.`);
  }
}
