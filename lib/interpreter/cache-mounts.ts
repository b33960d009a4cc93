// The folders behind `RUN --mount=type=cache`: kept from build to build, found by id, shared as asked for.
import { createHash } from 'node:crypto';
import { chmodSync, chownSync, existsSync, mkdtempSync, renameSync } from 'node:fs';
import { join, posix, resolve } from 'node:path';
import type { CacheMount } from '../dockerfile/run-mount.js';
import { lockFile, tryLockFile } from '../rootfs/file-lock.js';
import { makeFolders } from '../rootfs/make-folders.js';

/** A cache folder that this RUN may use until it releases it. */
export interface CacheFolder {
  path: string;
  release(): void;
}

/**
 * Opens the folder of a cache mount, making it where there is none.
 *
 * As in BuildKit, two mounts share a folder where id, source and the owner and mode they ask for are the same; a
 * folder that a source fills has that one's mode, whatever is asked for.
 * `shared` is used by several at a time, `locked` waits for its turn, `private` takes another folder where
 * one is in use.
 * @param fill puts the initial content into a new folder.
 */
export async function openCacheFolder({
  mount,
  cacheMountDir,
  fill,
  signal,
}: {
  mount: CacheMount;
  cacheMountDir: string;
  fill: (folder: string) => Promise<void>;
  signal: AbortSignal;
}): Promise<CacheFolder> {
  const { id, from = '', source, sharing } = mount;
  const { mode, uid, gid } = posix.resolve('/', source) === '/' ? mount : ({} as Partial<CacheMount>);
  const key = createHash('sha256')
    .update(JSON.stringify([id, from, source, mode, uid, gid]))
    .digest('hex');
  makeFolders(resolve(cacheMountDir), 0o700);
  for (let slot = 0; ; slot++) {
    const folder = join(cacheMountDir, slot === 0 ? key : `${key}-${slot}`);
    const lock = { path: `${folder}.lock`, shared: sharing === 'shared' };
    const release = sharing === 'private' ? tryLockFile(lock) : await lockFile({ ...lock, signal });
    if (release === undefined) continue;
    if (!existsSync(folder)) await makeFolder({ folder, mode, uid, gid, cacheMountDir, fill });
    return { path: folder, release };
  }
}

/** A folder appears whole or not at all; of two that make it at a time, the first one's stays. */
async function makeFolder({
  folder,
  mode = 0o755,
  uid = 0,
  gid = 0,
  cacheMountDir,
  fill,
}: {
  folder: string;
  mode: number | undefined;
  uid: number | undefined;
  gid: number | undefined;
  cacheMountDir: string;
  fill: (folder: string) => Promise<void>;
}): Promise<void> {
  const draft = mkdtempSync(join(cacheMountDir, 'new-'));
  chownSync(draft, uid, gid);
  chmodSync(draft, mode);
  await fill(draft);
  try {
    renameSync(draft, folder);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'ENOTEMPTY' && code !== 'EEXIST') throw error;
  }
}
