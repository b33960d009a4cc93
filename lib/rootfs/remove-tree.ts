// Removes what a RUN could write in, however deep the directories are that it made there.
import { readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { decodePath, encodePath } from './byte-path.js';

/** What lies deeper than so many characters is moved up: a quarter of what Linux takes for a path. */
const deepest = 1024;

/**
 * Removes a path and all below it; nothing happens where there is nothing. A tree whose paths are too long for
 * the kernel, or too deep for Node's recursion, is taken apart from above.
 * @param path absolute host path, of a directory if anything.
 */
export function removeTree(path: string): void {
  for (let pieces = 0; ; pieces++) {
    try {
      rmSync(encodePath(path), { recursive: true, force: true });
      return;
    } catch (error) {
      const deep = isTooDeep(error) ? deepDirectories(path, path.length + deepest) : [];
      if (deep.length === 0) throw error;
      moveUp(deep, path, pieces);
    }
  }
}

/** Where its stack ends, Node throws a RangeError, or nothing at all. */
function isTooDeep(error: unknown): boolean {
  return (
    error === undefined ||
    (error as Error).name === 'RangeError' ||
    (error as NodeJS.ErrnoException).code === 'ENAMETOOLONG'
  );
}

function moveUp(directories: string[], path: string, pieces: number): void {
  for (const [index, deep] of directories.entries())
    renameSync(encodePath(deep), encodePath(join(path, `.deep-${pieces}-${index}`)));
}

/** The highest directories with a path that is longer than the limit. */
function deepDirectories(path: string, limit: number): string[] {
  if (path.length > limit) return [path];
  return readdirSync(encodePath(path), { withFileTypes: true, encoding: 'buffer' as 'utf8' })
    .filter((entry) => entry.isDirectory())
    .flatMap(({ name }) => deepDirectories(join(path, decodePath(name as unknown as Buffer)), limit));
}
