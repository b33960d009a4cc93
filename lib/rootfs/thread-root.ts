// Lets a thread enter a root filesystem, spawn a child there, and come back: root directory, working directory
// and mount namespace belong to the thread, so nothing else in the process notices.
import { chmodSync, chownSync, constants, lstatSync, mkdtempSync, openSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { encodePath } from './byte-path.js';
import { forbidChroot } from './capabilities.js';
import { makeFolders } from './make-folders.js';
import { resolveInRoot } from './resolve.js';
import { bind, forbidDevices, mountStandard } from './standard-mounts.js';
import {
  CLONE_FS,
  CLONE_NEWNS,
  chdir,
  chdirTo,
  chroot,
  MNT_DETACH,
  MOUNT_ATTR_RDONLY,
  mount,
  pivotToWorkingDirectory,
  restrictMount,
  setNamespace,
  setUmask,
  unmount,
  unshare,
} from './thread-calls.js';

const MS_NOSUID = 2;
const MS_NODEV = 4;
const MS_REC = 16384;
const MS_PRIVATE = 1 << 18;

/** What is mounted. */
export type MountSource =
  /** A host path; `kept`: what the RUN writes there is wanted. */
  | { type: 'tree'; path: string; kept: boolean }
  /** Sizes in bytes; without a mode, anyone may write to it. */
  | { type: 'tmpfs'; size?: number; mode?: number }
  /** A file that is never written to disk. */
  | { type: 'content'; content: Uint8Array; mode: number; uid: number; gid: number };

/** Something to mount for one RUN. */
export interface RootMount {
  /** Where, inside the root filesystem. */
  target: string;
  source: MountSource;
  readOnly: boolean;
}

/** How a thread sees a root filesystem. */
export interface RootView {
  /** Host path; `/` stays where it is. */
  rootfs: string;
  /** Whether to use a mount namespace of its own, with `mounts` in it; without, `mounts` is not looked at. */
  privateMounts: boolean;
  mounts: RootMount[];
  /** Host path of an empty directory outside `rootfs`, to stage files in that are content. */
  staging: string;
}

/** Where the thread came from. */
export interface ThreadHome {
  /** Whether root, working directory and umask are this thread's own; Docker's default seccomp filter forbids it. */
  ownRoot: boolean;
  root: number;
  mountNamespace: number;
}

/**
 * Makes the calling thread able to change its root for itself, where that is permitted; call once, first of all.
 * Its children get the umask 022, as does the whole process where that is not permitted.
 */
export function prepareThread(): ThreadHome {
  const ownRoot = mayUnshare(CLONE_FS);
  setUmask(0o022);
  return {
    ownRoot,
    root: openSync('/', constants.O_RDONLY | constants.O_DIRECTORY),
    mountNamespace: openSync('/proc/thread-self/ns/mnt', constants.O_RDONLY),
  };
}

/**
 * Whether this thread may have mounts of its own: needs CAP_SYS_ADMIN, no seccomp filter or LSM against it, and a `/` that
 * is mounted, for that of a mere chroot cannot be kept from passing mounts on.
 */
export function canMount(home: ThreadHome): boolean {
  if (!mayUnshare(CLONE_NEWNS)) return false;
  const isPrivate = may(makeMountsPrivate);
  returnHome(home, { rootfs: '/', privateMounts: true });
  return isPrivate;
}

function makeMountsPrivate(): void {
  mount({ target: '/', flags: MS_REC | MS_PRIVATE });
}

const mayUnshare = (flags: number) => may(() => unshare(flags));

function may(call: () => void): boolean {
  try {
    call();
    return true;
  } catch {
    return false;
  }
}

/** In place without mounts, the thread is where it should be: what it spawns gets its working directory by itself. */
const isHome = ({ rootfs, privateMounts }: Pick<RootView, 'rootfs' | 'privateMounts'>) =>
  rootfs === '/' && !privateMounts;

/** Puts the calling thread, which must have a root of its own, inside a root filesystem. */
export function enterRoot(view: RootView): void {
  if (isHome(view)) return;
  const { rootfs, privateMounts, mounts, staging } = view;
  if (!privateMounts) {
    chroot(rootfs);
    chdir('/');
    return;
  }
  unshare(CLONE_NEWNS);
  makeMountsPrivate();
  const mounted: string[] = [];
  if (rootfs !== '/') {
    bind({ source: rootfs, target: rootfs });
    forbidDevices(rootfs, { recursive: true });
    const inside = (path: string) => resolveInRoot({ root: rootfs, path, followLast: true });
    const points = { proc: inside('/proc'), sys: inside('/sys'), dev: inside('/dev') };
    mountStandard(points);
    mounted.push(...Object.values(points));
  }
  const hasContent = mounts.some(({ source }) => source.type === 'content');
  if (hasContent) mount({ type: 'tmpfs', source: 'tmpfs', target: staging, data: 'mode=700' });
  for (const one of mounts) place(rootfs, one, staging, mounted);
  if (hasContent) unmount(staging, MNT_DETACH);
  if (rootfs === '/') return;
  chdir(rootfs);
  try {
    pivotToWorkingDirectory();
  } catch (error) {
    // An initramfs cannot be pivoted away from; Docker's seccomp filter forbids it also to who has CAP_SYS_ADMIN.
    if (!['EINVAL', 'EPERM'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
    forbidChroot();
    chroot('.');
  }
  chdir('/');
}

/** Takes the calling thread back; its private mounts end with the last process that is in them. */
export function returnHome(home: ThreadHome, view: Pick<RootView, 'rootfs' | 'privateMounts'>): void {
  if (isHome(view) || !home.ownRoot) return;
  const { rootfs, privateMounts } = view;
  if (privateMounts) setNamespace(home.mountNamespace, CLONE_NEWNS);
  chdirTo(home.root);
  if (privateMounts || rootfs !== '/') chroot('.');
}

/** @param mounted where something is mounted by now, which this is added to. */
function place(
  rootfs: string,
  { target, source, readOnly }: RootMount,
  staging: string,
  mounted: string[],
): void {
  const path = resolveInRoot({ root: rootfs, path: target, followLast: true });
  if (source.type === 'tmpfs') {
    const { size, mode = 0o1777 } = source;
    makePoint(path, 'directory', target, mounted);
    const limit = size === undefined ? '' : `,size=${size}`;
    mount({
      source: 'tmpfs',
      type: 'tmpfs',
      target: path,
      flags: MS_NOSUID | MS_NODEV,
      data: `mode=${mode.toString(8)}${limit}`,
    });
  } else {
    const from = source.type === 'tree' ? source.path : writeContent(staging, source);
    makePoint(path, lstatSync(encodePath(from)).isDirectory() ? 'directory' : 'file', target, mounted);
    bind({ source: from, target: path });
    forbidDevices(path, { recursive: true });
  }
  if (readOnly) restrictMount(path, MOUNT_ATTR_RDONLY);
  mounted.push(path);
}

/**
 * Makes a mount point that is missing, which only one inside an earlier mount of the same RUN may be: others are
 * there already, and what is made here is never taken away.
 * @param mounted where something is mounted by now.
 */
function makePoint(
  path: string,
  kind: 'file' | 'directory',
  target: string,
  mounted: readonly string[],
): void {
  if (lstatSync(encodePath(path), { throwIfNoEntry: false }) !== undefined) return;
  if (!mounted.some((point) => path.startsWith(`${point}/`))) {
    throw new Error(
      `the target ${target} leads out of another mount by a symbolic link, to something that does not exist: make it in a RUN before`,
    );
  }
  try {
    makeFolders(kind === 'file' ? dirname(path) : path);
    if (kind === 'file') writeFileSync(encodePath(path), '');
  } catch (error) {
    throw new Error(`the target ${target} cannot be made: ${(error as Error).message}`, { cause: error });
  }
}

function writeContent(
  staging: string,
  { content, mode, uid, gid }: Extract<MountSource, { type: 'content' }>,
): string {
  const path = join(mkdtempSync(join(staging, 'content-')), 'file');
  writeFileSync(path, content, { mode: 0o600 });
  chownSync(path, uid, gid);
  chmodSync(path, mode);
  return path;
}
