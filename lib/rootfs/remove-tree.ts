// Removes a folder of ours that a RUN could write in, however deep the directories are that it made there.
import { readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { decodePath, encodePath } from './byte-path.js';

/** Half of what Linux takes for a path: what lies this deep is moved up. */
const deepPath = 2048;

/**
 * Removes a path and all below it; nothing happens where there is nothing. A tree whose paths are too long for
 * the kernel is taken apart from above, since no path reaches its leaves.
 * @param path absolute host path, of a directory if anything.
 */
export function removeTree(path: string): void {
  for (let pieces = 0; ; pieces++) {
    try {
      rmSync(encodePath(path), { recursive: true, force: true });
      return;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENAMETOOLONG') throw error;
    }
    for (const [index, deep] of deepDirectories(path).entries())
      renameSync(encodePath(deep), encodePath(join(path, `.deep-${pieces}-${index}`)));
  }
}

/** The highest directories with a path that is deep. */
function deepDirectories(path: string): string[] {
  if (path.length > deepPath) return [path];
  return readdirSync(encodePath(path), { withFileTypes: true, encoding: 'buffer' as 'utf8' })
    .filter((entry) => entry.isDirectory())
    .flatMap(({ name }) => deepDirectories(join(path, decodePath(name as unknown as Buffer))));
}
