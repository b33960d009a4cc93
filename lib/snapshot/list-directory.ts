// The names in one directory, less those that are left out.
import { closeDirectory, namesIn, openDirectory } from '../rootfs/open-directory.js';

export interface Listing {
  directories: string[];
  /** Everything that is not a directory. */
  files: string[];
}

/**
 * @param path absolute host path.
 * @param skip names to leave out.
 */
export function listDirectory(path: string, skip: ReadonlySet<string> | undefined): Listing {
  const directory = openDirectory(path, 'names');
  try {
    return listOpenDirectory(directory, skip);
  } finally {
    closeDirectory(directory);
  }
}

export function listOpenDirectory(directory: number, skip: ReadonlySet<string> | undefined): Listing {
  const { directories, files } = namesIn(directory);
  if (skip === undefined) return { directories, files };
  const stays = (name: string) => !skip.has(name);
  return { directories: directories.filter(stays), files: files.filter(stays) };
}
