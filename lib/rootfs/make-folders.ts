// Makes a folder of the machine and those missing above it.
import { mkdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { encodePath } from './byte-path.js';

/**
 * Not by a recursive mkdir: where a parent refuses children, as /proc does, Node.js tries for ever.
 * @param path absolute.
 * @param mode of those that are made.
 * @returns the highest that was made, undefined where all were there.
 * @throws Error of the system call.
 */
export function makeFolders(path: string, mode = 0o777): string | undefined {
  const missing: string[] = [];
  for (let at = path; statSync(encodePath(at), { throwIfNoEntry: false }) === undefined; at = dirname(at))
    missing.unshift(at);
  for (const one of missing) {
    try {
      mkdirSync(encodePath(one), { mode });
    } catch (error) {
      // Another process may have made it meanwhile.
      if (!statSync(encodePath(one), { throwIfNoEntry: false })?.isDirectory()) throw error;
    }
  }
  return missing[0];
}
