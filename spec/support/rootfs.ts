// A small root filesystem for specs: see fixtures/make-rootfs.sh.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/**
 * Makes a root filesystem in a new temporary folder: a shell and the usual programs in /bin, /etc/passwd and
 * /etc/group with root, `app` (1000:1000, home /home/app, also in group `staff` 50), /tmp, /proc, /sys, /dev.
 * @param bare leaves out everything but what programs need.
 * @returns its path; `removeRootfs` takes it away.
 */
export function makeRootfs({ bare = false }: { bare?: boolean } = {}): string {
  const rootfs = join(mkdtempSync(join(tmpdir(), 'extender-spec-')), 'rootfs');
  execFileSync('sh', ['fixtures/make-rootfs.sh', ...(bare ? ['--bare'] : []), rootfs]);
  return rootfs;
}

/** Removes what `makeRootfs` made. */
export function removeRootfs(rootfs: string): void {
  rmSync(dirname(rootfs), { recursive: true, force: true });
}
