// What tells that something was changed: its ctime, or where that cannot be trusted, all that it is.
import { createHash } from 'node:crypto';
import {
  type BigIntStats,
  closeSync,
  lstatSync,
  openSync,
  readlinkSync,
  readSync,
  statfsSync,
} from 'node:fs';
import { encodePath } from '../rootfs/byte-path.js';
import { readXattrs } from '../rootfs/syscalls.js';
import { readOrMiss } from './read-or-miss.js';
import type { Evidence } from './snapshot.js';

/** File systems whose stamps come from another machine's clock, or from a program (statfs(2), linux/magic.h). */
const foreignClocks = new Map([
  [0x6969, 'NFS'],
  [0x517b, 'SMB'],
  [0xff534d42, 'CIFS'],
  [0xfe534d42, 'SMB2'],
  [0x65735546, 'FUSE'],
  [0x01021997, '9P'],
  [0x5346414f, 'AFS'],
  [0x00c36400, 'Ceph'],
  [0x0bd00bd0, 'Lustre'],
  [0x01161970, 'GFS2'],
  [0x7461636f, 'OCFS2'],
  [0x786f4256, 'VirtualBox shared folder'],
  [0x73757245, 'Coda'],
]);

/** The name of the file system a path lies on, where its ctime must not be trusted; else undefined. */
export function foreignClock(path: string): string | undefined {
  return foreignClocks.get(Number(statfsSync(path, { bigint: true }).type & 0xffff_ffffn));
}

/**
 * The mark of something in a new snapshot. With content as evidence: a fingerprint of its metadata,
 * attributes and content. With ctime: '' but for what is stamped later than the snapshot's moment, which
 * some clock was ahead to do; that stamp, so that it is not taken for changed.
 */
export function markOf(path: string, evidence: Evidence, stamp: number, warnings: string[]): string {
  const mark = readOrMiss(path, warnings, () => {
    if (evidence === 'content') return fingerprint(path);
    const { ctimeMs } = lstatSync(encodePath(path));
    return ctimeMs > stamp ? String(ctimeMs) : '';
  });
  return mark === 'gone' || mark === 'unreadable' ? '' : mark;
}

/** Whether the thing was left alone since the moment with this stamp, when it had this mark. */
export function isUntouched(ctimeMs: number, mark: string, stamp: number): boolean {
  return ctimeMs <= stamp || (mark !== '' && mark === String(ctimeMs));
}

/** A short text that differs where anything differs that a layer can hold. */
export function fingerprint(path: string): string {
  const stats = lstatSync(encodePath(path), { bigint: true });
  const { mode, uid, gid, rdev, mtimeNs } = stats;
  const links = stats.isDirectory() ? 0n : stats.nlink;
  const hash = createHash('sha256').update([mode, uid, gid, rdev, mtimeNs, links].join());
  for (const [name, value] of readXattrs(path)) hash.update(`\0${name}\0${value.length}\0`).update(value);
  hash.update('\0');
  if (stats.isSymbolicLink()) hash.update(readlinkSync(encodePath(path), 'buffer'));
  else if (stats.isFile()) updateWithContent(hash, path, stats);
  return hash.digest('base64url').slice(0, 24);
}

const block = Buffer.alloc(1 << 18);

function updateWithContent(hash: ReturnType<typeof createHash>, path: string, stats: BigIntStats): void {
  if (stats.size === 0n) return;
  const file = openSync(encodePath(path), 'r');
  try {
    for (;;) {
      const length = readSync(file, block);
      if (length === 0) return;
      hash.update(block.subarray(0, length));
    }
  } finally {
    closeSync(file);
  }
}
