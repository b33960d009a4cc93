// Reading a tree that others may be changing, and that may not be ours to read.
import { lstatSync, type Stats } from 'node:fs';
import { encodePath } from '../rootfs/byte-path.js';

/** Why something could not be read: it is not there (any more), or we may not. */
export type Miss = 'gone' | 'unreadable';

const goneCodes = ['ENOENT', 'ENOTDIR'];
const unreadableCodes = ['EACCES', 'EPERM', 'ENAMETOOLONG', 'ELOOP'];

/**
 * The value of `read`, or why there is none. What could not be read may be missing from a layer, so that
 * comes with a warning; anything else that goes wrong (a broken disk) is thrown.
 */
export function readOrMiss<T>(path: string, warnings: string[], read: () => T): T | Miss {
  try {
    return read();
  } catch (error) {
    return missOf(error, path, warnings);
  }
}

const noThrow = { throwIfNoEntry: false } as const;

/** The stats of a thing itself, or why there are none. Called for every file, so without a closure. */
export function lstatOrMiss(path: string, warnings: string[]): Stats | Miss {
  try {
    return lstatSync(encodePath(path), noThrow) ?? 'gone';
  } catch (error) {
    return missOf(error, path, warnings);
  }
}

/** Characters of a path in a warning. */
const longestShown = 300;

/** Why something could not be read, from the error. */
export function missOf(error: unknown, path: string, warnings: string[]): Miss {
  const code = (error as NodeJS.ErrnoException).code ?? '';
  if (goneCodes.includes(code)) return 'gone';
  if (!unreadableCodes.includes(code)) throw error;
  const shown = path.length > longestShown ? `${path.slice(0, longestShown)}…` : path;
  warnings.push(`${shown} cannot be read (${code}); changes in it will be missing from the layer.`);
  return 'unreadable';
}
