// The directories of a root filesystem that a layer is unpacked into: found without ever leaving the root,
// and given their modification times when all is done.
import fs from 'node:fs';
import { dirname, join } from 'node:path';
import { encodePath } from '../rootfs/byte-path.js';
import type { Mounts } from '../rootfs/mounts.js';
import { resolveInRoot } from '../rootfs/resolve.js';
import { setTimes } from '../rootfs/syscalls.js';

export interface RootDirectories {
  /**
   * The real path of a directory, made where it is missing, unless it lies in what is mounted. Symlinks on the way are followed as if the
   * rootfs were `/`, which is what container runtimes do when they unpack.
   * @param path as in `Entry`
   * @throws Error ENOTDIR where something else is in the way
   */
  find(path: string): string;
  /** To be called before the names in a directory change; `directory` is a real path. */
  willChange(directory: string): void;
  /** The modification time in nanoseconds that a directory, a real path, shall have in the end. */
  setModified(directory: string, modified: bigint): void;
  /** To be called after a directory or symlink went away. */
  forget(): void;
  /** Gives each directory the time that was set, or the one that it had before its names changed. */
  finish(): void;
}

/**
 * @param root real path of the root filesystem
 * @param mounts of the rootfs: in what is mounted, nothing is made.
 */
export function rootDirectories(root: string, mounts: Mounts): RootDirectories {
  const found = new Map<string, string>([['', root]]);
  const modified = new Map<string, bigint>();

  function willChange(directory: string): void {
    if (modified.has(directory)) return;
    modified.set(directory, fs.lstatSync(encodePath(directory), { bigint: true }).mtimeNs);
  }

  function makeDirectory(directory: string): void {
    const stat = fs.lstatSync(encodePath(directory), { throwIfNoEntry: false });
    if (stat?.isDirectory()) return;
    if (stat !== undefined)
      throw Object.assign(new Error(`${directory} is not a directory`), { code: 'ENOTDIR' });
    makeDirectory(dirname(directory));
    willChange(dirname(directory));
    fs.mkdirSync(encodePath(directory));
    fs.chmodSync(encodePath(directory), 0o755);
  }

  /** A step costs one look at the file system, not one for each directory above. */
  function findBelow(parent: string, path: string): string {
    const plain = join(parent, path.slice(path.lastIndexOf('/') + 1));
    const stat = fs.lstatSync(encodePath(plain), { throwIfNoEntry: false });
    if (stat?.isDirectory()) return plain;
    const directory = stat?.isSymbolicLink() ? resolveInRoot({ root, path, followLast: true }) : plain;
    if (mounts.above(directory) === undefined) makeDirectory(directory);
    return directory;
  }

  return {
    find(path) {
      const missing: string[] = [];
      for (let at = path; !found.has(at); at = parentOf(at)) missing.push(at);
      for (const at of missing.reverse()) found.set(at, findBelow(found.get(parentOf(at))!, at));
      return found.get(path)!;
    },
    willChange,
    setModified: (directory, time) => modified.set(directory, time),
    forget() {
      found.clear();
      found.set('', root);
    },
    finish() {
      const isReal = realDirectories(root);
      for (const [directory, time] of modified) if (isReal(directory)) setTimes(directory, time, time);
    },
  };
}

function parentOf(path: string): string {
  return path.slice(0, Math.max(path.lastIndexOf('/'), 0));
}

/**
 * Whether a path still is a directory reached without symlinks: one that was removed meanwhile may be a
 * symlink to somewhere by now, or lie behind one.
 */
function realDirectories(root: string): (directory: string) => boolean {
  const known = new Map<string, boolean>([[root, true]]);
  return function isReal(directory: string): boolean {
    let answer = known.get(directory);
    if (answer === undefined) {
      answer =
        isReal(dirname(directory)) &&
        (fs.lstatSync(encodePath(directory), { throwIfNoEntry: false })?.isDirectory() ?? false);
      known.set(directory, answer);
    }
    return answer;
  };
}
