// Paths inside a root filesystem, and names as a snapshot keeps them.

/** The names in one of a directory's joined strings. */
export const splitNames = (joined: string): string[] => (joined === '' ? [] : joined.split('/'));

/** The path of a name in a directory. */
export const childPath = (directory: string, name: string): string =>
  directory === '/' ? `/${name}` : `${directory}/${name}`;

/** The directory that a path is in; that of `/` is `/`. */
export const parentPath = (path: string): string => path.slice(0, path.lastIndexOf('/')) || '/';
