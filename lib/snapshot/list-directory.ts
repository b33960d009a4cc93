// The names in one directory, whatever bytes they are made of.
import { type Dirent, readdirSync } from 'node:fs';
import { decodePath, encodePath } from '../rootfs/byte-path.js';

export interface Listing {
  directories: string[];
  /** Everything that is not a directory. */
  files: string[];
}

/**
 * Reads names as strings first, which is fast; U+FFFD in them shows that one may not be UTF-8, and then all
 * are read as bytes.
 * @param skip names to leave out.
 */
export function listDirectory(path: string, skip: ReadonlySet<string> | undefined): Listing {
  const listing = sortOut(readdirSync(encodePath(path), withTypes), skip);
  if (!listing.files.join().includes('\uFFFD') && !listing.directories.join().includes('\uFFFD'))
    return listing;
  const entries = readdirSync(encodePath(path), { ...withTypes, encoding: 'buffer' });
  return sortOut(
    entries.map((entry) => ({
      name: decodePath(entry.name as unknown as Buffer),
      isDirectory: () => entry.isDirectory(),
    })),
    skip,
  );
}

const withTypes = { withFileTypes: true } as const;

function sortOut(
  entries: readonly Pick<Dirent, 'name' | 'isDirectory'>[],
  skip: ReadonlySet<string> | undefined,
): Listing {
  const directories: string[] = [];
  const files: string[] = [];
  for (const entry of entries) {
    if (skip?.has(entry.name)) continue;
    if (entry.isDirectory()) directories.push(entry.name);
    else files.push(entry.name);
  }
  return { directories, files };
}
