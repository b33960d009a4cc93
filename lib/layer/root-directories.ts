// The directories of a root filesystem that a layer is unpacked into: found without ever leaving the root,
// and given their modification times back when all is done.
import fs from 'node:fs';
import { decodePath, encodePath } from '../rootfs/byte-path.js';
import { setTimes } from '../rootfs/syscalls.js';

export interface RootDirectories {
  /**
   * The real path of a directory, made where it is missing. Symlinks on the way are followed as if the
   * rootfs were `/`, which is what container runtimes do when they unpack.
   * @param path as in `Entry`
   */
  find(path: string): string;
  /** To be called before the names in a directory change; `directory` is a real path. */
  willChange(directory: string): void;
  /** The modification time that a directory shall have in the end. */
  setModified(directory: string, modified: bigint): void;
  /** To be called after a directory or symlink went away. */
  forget(): void;
  /** Sets the times. */
  finish(): void;
}

/** As the kernel's own limit. */
const mostSymlinks = 40;

export function rootDirectories(rootfs: string): RootDirectories {
  const root = rootfs === '/' ? '' : rootfs.replace(/\/+$/, '');
  const found = new Map<string, string>();
  const modified = new Map<string, bigint>();

  const willChange = (directory: string) => {
    if (modified.has(directory)) return;
    modified.set(directory, fs.lstatSync(encodePath(directory), { bigint: true }).mtimeNs);
  };

  function walk(path: string): string {
    const names = path.split('/');
    const real: string[] = [];
    let symlinks = 0;
    for (let name = names.shift(); name !== undefined; name = names.shift()) {
      if (name === '' || name === '.') continue;
      if (name === '..') {
        real.pop();
        continue;
      }
      const parent = realPath(real);
      real.push(name);
      const file = realPath(real);
      const stat = fs.lstatSync(encodePath(file), { throwIfNoEntry: false });
      if (stat === undefined) {
        willChange(parent);
        fs.mkdirSync(encodePath(file));
        fs.chmodSync(encodePath(file), 0o755);
      } else if (stat.isSymbolicLink()) {
        if (++symlinks > mostSymlinks) throw new Error(`/${path} leads round in circles of symlinks`);
        const target = decodePath(fs.readlinkSync(encodePath(file), { encoding: 'buffer' }));
        names.unshift(...target.split('/'));
        if (target.startsWith('/')) real.length = 0;
        else real.pop();
      } else if (!stat.isDirectory()) throw new Error(`/${real.join('/')} is not a directory`);
    }
    return realPath(real);
  }

  const realPath = (names: readonly string[]) =>
    names.length === 0 ? root || '/' : `${root}/${names.join('/')}`;

  return {
    find(path) {
      let directory = found.get(path);
      if (directory === undefined) {
        directory = walk(path);
        found.set(path, directory);
      }
      return directory;
    },
    willChange,
    setModified: (directory, time) => modified.set(directory, time),
    forget: () => found.clear(),
    finish() {
      const real = new Map<string, boolean>([[root || '/', true]]);
      const isReal = (directory: string): boolean => {
        let answer = real.get(directory);
        if (answer === undefined) {
          const parent = directory.slice(0, directory.lastIndexOf('/')) || '/';
          answer =
            isReal(parent) &&
            (fs.lstatSync(encodePath(directory), { throwIfNoEntry: false })?.isDirectory() ?? false);
          real.set(directory, answer);
        }
        return answer;
      };
      // One that was removed later may be a symlink to somewhere by now, or lie behind one.
      for (const [directory, time] of modified) if (isReal(directory)) setTimes(directory, time, time);
    },
  };
}
