// Mount points that have to be made for a RUN and leave no trace: they are taken away afterwards, and the
// directories they were made in keep their times.
import { lstatSync, mkdirSync, rmdirSync, unlinkSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { encodePath } from '../rootfs/byte-path.js';
import { resolveInRoot } from '../rootfs/resolve.js';
import { setTimes } from '../rootfs/syscalls.js';
import type { TouchedDirectories } from '../snapshot/touched.js';

/**
 * Makes what is missing of a path inside a root filesystem.
 * @param path inside the root filesystem; its last component is made as `kind`, those before as directories.
 * @param touched gets the directory that something was made in, as it was.
 * @returns takes away what was made and is still empty.
 */
export function makeMountPoint({
  rootfs,
  path,
  kind,
  touched,
}: {
  rootfs: string;
  path: string;
  kind: 'file' | 'directory';
  touched: TouchedDirectories;
}): () => void {
  const missing: string[] = [];
  let at = resolveInRoot({ root: rootfs, path, followLast: true });
  for (; state(at) === undefined; at = dirname(at)) missing.push(at);
  if (missing.length === 0) return () => {};
  keepTimes({ rootfs, directory: at, touched }, () => {
    for (const one of [...missing].reverse()) {
      if (one === missing[0] && kind === 'file') writeFileSync(encodePath(one), '');
      else mkdirSync(encodePath(one), { mode: 0o755 });
    }
  });
  return () => {
    for (const one of missing) {
      const found = state(one);
      if (found === undefined) continue;
      if (!found.isDirectory() && found.size !== 0n) return;
      try {
        keepTimes({ rootfs, directory: dirname(one), touched }, () =>
          found.isDirectory() ? rmdirSync(encodePath(one)) : unlinkSync(encodePath(one)),
        );
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOTEMPTY') return;
        throw error;
      }
    }
  };
}

/** Does something in a directory and sets its times back. */
export function keepTimes(
  { rootfs, directory, touched }: { rootfs: string; directory: string; touched: TouchedDirectories },
  act: () => void,
): void {
  const { mode, uid, gid, atimeNs, mtimeNs } = lstatSync(encodePath(directory), { bigint: true });
  const inside = directory.slice(rootfs === '/' ? 0 : rootfs.length) || '/';
  if (!touched.has(inside)) {
    touched.set(inside, { mode: Number(mode), uid: Number(uid), gid: Number(gid), modified: mtimeNs });
  }
  try {
    act();
  } finally {
    setTimes(directory, atimeNs, mtimeNs);
  }
}

function state(path: string) {
  return lstatSync(encodePath(path), { bigint: true, throwIfNoEntry: false });
}
