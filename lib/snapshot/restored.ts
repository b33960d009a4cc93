// What we ourselves moved aside for a RUN mount and put back afterwards: rename moves a file's ctime, so the
// diff would call it changed. It is not as long as its ctime is the one it had when it was back.
import { lstatSync } from 'node:fs';
import { join } from 'node:path';
import { encodePath } from '../rootfs/byte-path.js';
import type { Change } from './change.js';

/** The ctime in nanoseconds of what was put back, by its path inside the rootfs. */
export type RestoredPaths = Map<string, bigint>;

/** The changes less those that only say that something was put back. */
export function withoutRestored({
  changes,
  restored,
  rootfs,
}: {
  changes: Change[];
  restored: RestoredPaths;
  rootfs: string;
}): Change[] {
  if (restored.size === 0) return changes;
  return changes.filter(({ path, kind }) => {
    const known = restored.get(path);
    if (kind !== 'modified' || known === undefined) return true;
    return lstatSync(encodePath(join(rootfs, path)), { bigint: true }).ctimeNs !== known;
  });
}
