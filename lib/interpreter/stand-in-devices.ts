// The devices of /dev for a RUN that nothing can be mounted for: without /dev/null, what a shell sends there becomes
// a file of the image.
import { lstatSync, mkdirSync, mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { encodePath } from '../rootfs/byte-path.js';
import { removeTree } from '../rootfs/remove-tree.js';
import { resolveInRoot } from '../rootfs/resolve.js';
import { devices } from '../rootfs/standard-mounts.js';
import { makeNode } from '../rootfs/syscalls.js';
import type { RootMount } from '../rootfs/thread-root.js';

/**
 * @param workDir host path of our own directory outside the root filesystem.
 * @returns those that the root filesystem lacks; none where device nodes may not be made.
 */
export function missingDevices({ rootfs, workDir }: { rootfs: string; workDir: string }): RootMount[] {
  const missing = Object.keys(devices)
    .map((name) => `/dev/${name}`)
    .filter((path) => !isThere(resolveInRoot({ root: rootfs, path, followLast: true })));
  if (missing.length === 0 || !mayMakeDevices(workDir)) return [];
  return missing.map((path) => ({
    target: path,
    readOnly: false,
    source: { type: 'tree', path, kept: false },
  }));
}

function isThere(path: string): boolean {
  return lstatSync(encodePath(path), { throwIfNoEntry: false }) !== undefined;
}

/** Takes CAP_MKNOD, which is not enough in a user namespace: so it is tried. */
function mayMakeDevices(workDir: string): boolean {
  const S_IFCHR = 0o020000;
  mkdirSync(workDir, { recursive: true });
  const folder = mkdtempSync(join(workDir, 'device-'));
  try {
    const [major, minor] = devices.null;
    makeNode(join(folder, 'null'), S_IFCHR, BigInt((major << 8) | minor));
    return true;
  } catch {
    return false;
  } finally {
    removeTree(folder);
  }
}
