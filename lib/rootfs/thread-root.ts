// Lets a thread enter a root filesystem, spawn a child there, and come back: root directory, working directory
// and mount namespace belong to the thread, so nothing else in the process notices.
import { constants, lstatSync, mkdirSync, openSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { encodePath } from './byte-path.js';
import { resolveInRoot } from './resolve.js';
import { bind, mountStandard } from './standard-mounts.js';
import {
  CLONE_FS,
  CLONE_NEWNS,
  chdir,
  chdirTo,
  chroot,
  mount,
  pivotToWorkingDirectory,
  setNamespace,
  setUmask,
  unshare,
} from './thread-calls.js';

const MS_REC = 16384;
const MS_PRIVATE = 1 << 18;

/** Something to mount for one RUN. */
export interface RootMount {
  /** Where, inside the root filesystem. */
  target: string;
  /** A host path to bind, or a new tmpfs. */
  from: { bind: string } | { tmpfs: string };
  readOnly: boolean;
  /** What the mount point is made as where it does not exist yet, which is only inside an earlier mount. */
  kind: 'file' | 'directory';
}

/** How a thread sees a root filesystem. */
export interface RootView {
  /** Host path; `/` stays where it is. */
  rootfs: string;
  /** Whether to use a mount namespace of its own, with `mounts` in it; without, `mounts` is not looked at. */
  privateMounts: boolean;
  mounts: RootMount[];
}

/** Where the thread came from. */
export interface ThreadHome {
  root: number;
  mountNamespace: number;
}

/** Makes the calling thread able to change its root for itself; call once, first of all. */
export function prepareThread(): ThreadHome {
  unshare(CLONE_FS);
  setUmask(0o022);
  return {
    root: openSync('/', constants.O_RDONLY | constants.O_DIRECTORY),
    mountNamespace: openSync('/proc/thread-self/ns/mnt', constants.O_RDONLY),
  };
}

/** Whether this thread may have mounts of its own: needs CAP_SYS_ADMIN and no seccomp filter against it. */
export function canMount(home: ThreadHome): boolean {
  try {
    unshare(CLONE_NEWNS);
  } catch {
    return false;
  }
  returnHome(home, { rootfs: '/', privateMounts: true });
  return true;
}

/** Puts the calling thread inside a root filesystem. */
export function enterRoot({ rootfs, privateMounts, mounts }: RootView): void {
  if (!privateMounts) {
    if (rootfs !== '/') chroot(rootfs);
    chdir('/');
    return;
  }
  unshare(CLONE_NEWNS);
  mount({ target: '/', flags: MS_REC | MS_PRIVATE });
  if (rootfs !== '/') {
    bind({ source: rootfs, target: rootfs, readOnly: false });
    const inside = (path: string) => resolveInRoot({ root: rootfs, path, followLast: true });
    mountStandard({ proc: inside('/proc'), sys: inside('/sys'), dev: inside('/dev') });
  }
  for (const one of mounts) place(rootfs, one);
  if (rootfs === '/') return;
  chdir(rootfs);
  try {
    pivotToWorkingDirectory();
  } catch (error) {
    // An initramfs cannot be pivoted away from.
    if ((error as NodeJS.ErrnoException).code !== 'EINVAL') throw error;
    chroot('.');
  }
  chdir('/');
}

/** Takes the calling thread back; its private mounts end with the last process that is in them. */
export function returnHome(
  home: ThreadHome,
  { rootfs, privateMounts }: Pick<RootView, 'rootfs' | 'privateMounts'>,
): void {
  if (privateMounts) setNamespace(home.mountNamespace, CLONE_NEWNS);
  chdirTo(home.root);
  if (privateMounts || rootfs !== '/') chroot('.');
}

function place(rootfs: string, { target, from, readOnly, kind }: RootMount): void {
  const path = resolveInRoot({ root: rootfs, path: target, followLast: true });
  if (lstatSync(encodePath(path), { throwIfNoEntry: false }) === undefined) {
    mkdirSync(encodePath(kind === 'file' ? dirname(path) : path), { recursive: true });
    if (kind === 'file') writeFileSync(encodePath(path), '');
  }
  if ('bind' in from) bind({ source: from.bind, target: path, readOnly });
  else mount({ source: 'tmpfs', type: 'tmpfs', target: path, flags: 2, data: from.tmpfs });
}
