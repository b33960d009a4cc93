// The names in one directory, whatever bytes they are made of.
import { type Dirent, readdirSync } from 'node:fs';
import { decodePath, encodePath } from '../rootfs/byte-path.js';

export interface Listing {
  directories: string[];
  /** Everything that is not a directory. */
  files: string[];
}

/** @param skip names to leave out. */
export function listDirectory(path: string, skip: ReadonlySet<string> | undefined): Listing {
  const directories: string[] = [];
  const files: string[] = [];
  for (const entry of readEntries(path)) {
    if (skip?.has(entry.name)) continue;
    (entry.isDirectory() ? directories : files).push(entry.name);
  }
  return { directories, files };
}

/** As strings first, which is fast; U+FFFD shows that a name may not be UTF-8, and then as bytes. */
function readEntries(path: string): { name: string; isDirectory(): boolean }[] {
  const entries: Dirent[] = readdirSync(encodePath(path), { withFileTypes: true });
  if (!entries.some((entry) => entry.name.includes('\uFFFD'))) return entries;
  return readdirSync(encodePath(path), { withFileTypes: true, encoding: 'buffer' }).map((entry) => ({
    name: decodePath(entry.name as unknown as Buffer),
    isDirectory: () => entry.isDirectory(),
  }));
}
