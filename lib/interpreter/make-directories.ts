// Makes a directory and those missing above it: WORKDIR, and the way to a COPY's destination.
import { chmodSync, lchownSync, lstatSync, mkdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { encodePath } from '../rootfs/byte-path.js';
import { pathInsideRoot, resolveInRoot } from '../rootfs/resolve.js';
import { readXattrs } from '../rootfs/syscalls.js';
import type { Ownership } from './ownership.js';

const setGroupID = 0o2000;

/**
 * Makes the directory `path` of the rootfs, links on the way and at the end followed inside it. Existing
 * directories stay as they are; new ones get `mode` whatever the umask is, less what a default ACL of the directory that they
 * are made in does not grant, and that one's set-group-ID bit, as mkdir(2) hands both down.
 * @param owner of the new ones; absent, they are ours.
 * @returns absolute host path of the directory.
 * @throws Error where something on the way is not a directory.
 */
export function makeDirectories({
  root,
  path,
  mode,
  owner,
}: {
  root: string;
  path: string;
  mode: number;
  owner?: Ownership | undefined;
}): string {
  const directory = resolveInRoot({ root, path, followLast: true });
  const missing: string[] = [];
  for (let at = directory; ; at = dirname(at)) {
    const stats = statSync(encodePath(at), { throwIfNoEntry: false });
    if (stats?.isDirectory()) break;
    if (stats !== undefined) {
      const inside = pathInsideRoot({ root, hostPath: at });
      throw new Error(`The directory '${path}' cannot be made: '${inside}' is not a directory.`);
    }
    missing.push(at);
  }
  for (const made of missing.reverse()) {
    mkdirSync(encodePath(made), mode);
    if (owner !== undefined) lchownSync(encodePath(made), owner.uid, owner.gid);
    const inherited = lstatSync(encodePath(made)).mode & setGroupID;
    if (!hasDefaultAcl(dirname(made))) chmodSync(encodePath(made), mode | inherited);
  }
  return directory;
}

function hasDefaultAcl(directory: string): boolean {
  return readXattrs(directory).some(([name]) => name === 'system.posix_acl_default');
}
