// What we ourselves moved aside for a RUN mount and put back afterwards: rename moves a file's ctime, so the
// diff would call it changed. It is not, where it was unchanged before and its ctime is the one it had when it
// was back.
import { lstatSync } from 'node:fs';
import { join } from 'node:path';
import { encodePath } from '../rootfs/byte-path.js';
import type { Change } from './change.js';

/** ctimes in nanoseconds: before it was first moved, and when it was back. */
export interface Restored {
  moved: bigint;
  back: bigint;
}

/** What was put back, by its path inside the rootfs. */
export type RestoredPaths = Map<string, Restored>;

/**
 * The changes less those that only say that something was put back.
 * @param stamp of the snapshot's moment: what was moved with a later ctime had been changed since by then.
 */
export function withoutRestored({
  changes,
  restored,
  rootfs,
  stamp,
}: {
  changes: Change[];
  restored: RestoredPaths;
  rootfs: string;
  stamp: number;
}): Change[] {
  if (restored.size === 0) return changes;
  return changes.filter(({ path, kind }) => {
    const known = restored.get(path);
    if (kind !== 'modified' || known === undefined || Number(known.moved) / 1e6 > stamp) return true;
    return lstatSync(encodePath(join(rootfs, path)), { bigint: true }).ctimeNs !== known.back;
  });
}
