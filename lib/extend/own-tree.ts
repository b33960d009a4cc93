// Gives a directory to a user: the layers directory, before the build phase writes to it as that user.
import { lchownSync, lstatSync, readdirSync } from 'node:fs';
import { decodePath, encodePath } from '../rootfs/byte-path.js';
import { errorCode } from './lifecycle-error.js';

/**
 * Makes a directory and all below it the user's. Symlinks are given, never followed; what is the user's already
 * is not touched, nor is what lies on a read-only mount (a platform may mount single files in there).
 * @param options.path of the directory; nothing happens where there is none.
 */
export function ownTree(options: { path: string; uid: number; gid: number }): void {
  const { path, uid, gid } = options;
  const place = encodePath(path);
  const found = lstatSync(place, { throwIfNoEntry: false });
  if (!found) return;
  if (found.uid !== uid || found.gid !== gid) {
    try {
      lchownSync(place, uid, gid);
    } catch (error) {
      if (errorCode(error) !== 'EROFS') throw error;
    }
  }
  if (!found.isDirectory()) return;
  for (const name of readdirSync(place, { encoding: 'buffer' })) {
    ownTree({ path: `${path}/${decodePath(name)}`, uid, gid });
  }
}
