// Directories that we ourselves had to touch, by making a mount point in them and taking it away again.
// Their ctime moved, which no program can undo; so the diff compares what they were with what they are.
import { lstatSync } from 'node:fs';
import { encodePath } from '../rootfs/byte-path.js';
import { readXattrs } from '../rootfs/syscalls.js';

/** What a directory was before we first touched it. */
export interface TouchedDirectory {
  mode: number;
  uid: number;
  gid: number;
  /** Nanoseconds since the epoch. */
  modified: bigint;
  /** Its ctime in milliseconds: whether an instruction had changed it since the snapshot already. */
  stamp: number;
  /** Its extended attributes, ACLs among them, as a text that differs where they do. */
  xattrs: string;
}

/** What a directory is now. @param path absolute host path. */
export function directoryState(path: string): TouchedDirectory {
  const { mode, uid, gid, mtimeNs: modified, ctimeNs } = lstatSync(encodePath(path), { bigint: true });
  const xattrs = readXattrs(path).map(([name, value]) => `${name}=${value.toString('hex')}`);
  const ids = { mode: Number(mode), uid: Number(uid), gid: Number(gid) };
  return { ...ids, modified, stamp: Number(ctimeNs) / 1e6, xattrs: xattrs.join() };
}

/** Touched directories by their path inside the rootfs; the first record of a path stays. */
export type TouchedDirectories = Map<string, TouchedDirectory>;
