// Mount points that have to be made for a RUN and leave no trace: they are taken away afterwards, and the
// directories they were made in keep their times. As BuildKit does it: what was not there before and is still
// empty goes, parents included.
import { lstatSync, mkdirSync, rmdirSync, unlinkSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { encodePath } from '../rootfs/byte-path.js';
import { isStillInRoot, resolveInRoot } from '../rootfs/resolve.js';
import { setTimes } from '../rootfs/syscalls.js';
import { directoryState, type TouchedDirectories } from '../snapshot/touched.js';

/** The mount points made for one RUN. */
export interface MountPoints {
  /**
   * Makes what is missing of a path inside the root filesystem: its last component as `kind`, those before it
   * as directories.
   * @returns its host path, symlinks resolved.
   */
  make(path: string, kind: 'file' | 'directory'): string;
  /**
   * To be called before entries of a directory are made or taken away on our own account.
   * @returns sets the directory's times back.
   */
  holdTimes(directory: string): () => void;
  /** Takes away what was made and is still empty. */
  remove(): void;
}

/** @param touched gets the directories that something was made in, as they were. */
export function openMountPoints({
  rootfs,
  touched,
}: {
  rootfs: string;
  touched: TouchedDirectories;
}): MountPoints {
  const made = new Set<string>();

  const holdTimes = (directory: string) => {
    // An overlay copies up, and so stamps anew, the directories above too.
    for (let at = directory; ; at = dirname(at)) {
      const inside = pathInside(rootfs, at);
      if (!made.has(at) && !touched.has(inside)) touched.set(inside, directoryState(at));
      if (inside === '/') break;
    }
    const { atimeNs, mtimeNs } = lstatSync(encodePath(directory), { bigint: true });
    return () => setTimes(directory, atimeNs, mtimeNs);
  };

  return {
    holdTimes,
    make(path, kind) {
      const target = resolveInRoot({ root: rootfs, path, followLast: true });
      const missing: string[] = [];
      let at = target;
      for (; !exists(at); at = dirname(at)) missing.unshift(at);
      if (missing.length === 0) {
        refuseOtherKind(path, target, kind);
        return target;
      }
      const setBack = holdTimes(at);
      for (const one of missing) {
        if (one === target && kind === 'file') writeFileSync(encodePath(one), '', { mode: 0o644 });
        else mkdirSync(encodePath(one), { mode: 0o755 });
        made.add(one);
      }
      setBack();
      return target;
    },
    remove() {
      for (const one of [...made].reverse()) {
        if (!isStillInRoot({ root: rootfs, hostPath: one }) || !exists(one)) continue;
        const setBack = holdTimes(dirname(one));
        removeIfEmpty(one);
        setBack();
      }
    },
  };
}

/** The path inside the root filesystem that a host path below it has. */
export function pathInside(rootfs: string, hostPath: string): string {
  return (rootfs === '/' ? hostPath : hostPath.slice(rootfs.length)) || '/';
}

function refuseOtherKind(path: string, target: string, kind: 'file' | 'directory'): void {
  if (lstatSync(encodePath(target)).isDirectory() === (kind === 'directory')) return;
  throw new Error(
    kind === 'directory'
      ? `${path} is not a directory in the root filesystem, and one is to be mounted there for the RUN: remove it before.`
      : `${path} is a directory in the root filesystem, and a file is to be mounted there for the RUN: remove it before.`,
  );
}

function exists(path: string): boolean {
  return lstatSync(encodePath(path), { throwIfNoEntry: false }) !== undefined;
}

function removeIfEmpty(path: string): void {
  const stats = lstatSync(encodePath(path));
  try {
    if (stats.isDirectory()) rmdirSync(encodePath(path));
    else if (stats.size === 0) unlinkSync(encodePath(path));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOTEMPTY') throw error;
  }
}
