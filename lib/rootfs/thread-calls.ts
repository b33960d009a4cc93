// System calls that change one thread: its root, mount namespace, identity and capabilities. On Linux all of
// these belong to the thread, and a child process gets those of the thread that spawned it.
//
// glibc and musl hide that for identities: their setgroups() and setresuid() change every thread of the
// process. The raw system calls do not.
import { existsSync, readFileSync } from 'node:fs';
import { callNumber } from './call-numbers.js';
import { cFunction, cPath, systemError } from './libc.js';

export const CLONE_FS = 0x200;
export const CLONE_NEWNS = 0x20000;
export const CLONE_NEWUTS = 0x4000000;
export const CLONE_NEWNET = 0x40000000;
export const MNT_DETACH = 2;

const CLOSE_RANGE = 436;
const MOUNT_SETATTR = 442;
export const MOUNT_ATTR_RDONLY = 1;
export const MOUNT_ATTR_NODEV = 4;

const cUnshare = cFunction('int unshare(int flags)');
const cSetns = cFunction('int setns(int fd, int type)');
const cChroot = cFunction('int chroot(const uint8_t *path)');
const cChdir = cFunction('int chdir(const uint8_t *path)');
const cFchdir = cFunction('int fchdir(int fd)');
const cUmask = cFunction('uint32_t umask(uint32_t mask)');
const cMount = cFunction(
  'int mount(const uint8_t *source, const uint8_t *target, const char *type, unsigned long flags, const char *data)',
);
const cUmount = cFunction('int umount2(const uint8_t *target, int flags)');
const cMountSetattr = cFunction(
  'long syscall(long number, int dirfd, const uint8_t *path, uint32_t flags, const uint64_t *attributes, size_t size)',
);
const cPivotRoot = cFunction('long syscall(long number, const uint8_t *newRoot, const uint8_t *putOld)');
const cSetgroups = cFunction('long syscall(long number, size_t count, const uint32_t *groups)');
const cSetIds = cFunction('long syscall(long number, uint32_t real, uint32_t effective, uint32_t saved)');
const cCloseRange = cFunction('long syscall(long number, uint32_t first, uint32_t last, uint32_t flags)');
const cPrctl = cFunction(
  'int prctl(int option, unsigned long a, unsigned long b, unsigned long c, unsigned long d)',
);
const cCapget = cFunction('int capget(const uint32_t *header, _Out_ uint32_t *data)');
const cCapset = cFunction('int capset(const uint32_t *header, const uint32_t *data)');
const cPipe2 = cFunction('int pipe2(_Out_ int *fds, int flags)');

function deniesSetgroups(): boolean {
  const file = '/proc/self/setgroups';
  return existsSync(file) && readFileSync(file, 'latin1').startsWith('deny');
}

/** Gives the thread its own copy of what `flags` name. */
export function unshare(flags: number): void {
  check(cUnshare(flags), 'unshare');
}

/** Moves the thread into the namespace behind an open file of /proc/…/ns. */
export function setNamespace(fd: number, type: number): void {
  check(cSetns(fd, type), 'setns');
}

export function chroot(path: string): void {
  check(cChroot(cPath(path)), 'chroot', path);
}

/** Sets the working directory of the thread, which must have unshared CLONE_FS. */
export function chdir(path: string): void {
  check(cChdir(cPath(path)), 'chdir', path);
}

export function chdirTo(fd: number): void {
  check(cFchdir(fd), 'fchdir');
}

/** Sets the file mode mask of the thread, which must have unshared CLONE_FS. */
export function setUmask(mask: number): void {
  cUmask(mask);
}

/** @param flags of mount(2). @param data options of the file system, comma-separated. */
export function mount({
  source = 'none',
  target,
  type = 'none',
  flags = 0,
  data = '',
}: {
  source?: string;
  target: string;
  type?: string;
  flags?: number;
  data?: string;
}): void {
  check(cMount(cPath(source), cPath(target), type, flags, data), `mount ${type}`, target);
}

export function unmount(target: string, flags: number): void {
  check(cUmount(cPath(target), flags), 'umount2', target);
}

/** Adds attributes (MOUNT_ATTR_RDONLY …) to the mount at `target`, and to those below it unless told. */
export function restrictMount(target: string, attributes: number, recursive = true): void {
  const AT_FDCWD = -100;
  const AT_RECURSIVE = 0x8000;
  const MS_REMOUNT_BIND = 32 | 4096;
  const wanted = BigUint64Array.of(BigInt(attributes), 0n, 0n, 0n);
  if (
    Number(
      cMountSetattr(MOUNT_SETATTR, AT_FDCWD, cPath(target), recursive ? AT_RECURSIVE : 0, wanted, 32),
    ) === 0
  )
    return;
  // Before Linux 5.12; the first four attributes have the numbers of mount(2)'s flags.
  mount({ target, flags: MS_REMOUNT_BIND | attributes });
}

/** Makes the working directory, a mount point, the root of the mount namespace and drops the old root. */
export function pivotToWorkingDirectory(): void {
  const here = cPath('.');
  check(cPivotRoot(callNumber('pivotRoot'), here, here), 'pivot_root');
  check(cUmount(here, MNT_DETACH), 'umount2');
}

/** Sets the identity of this thread alone. */
export function setThreadIdentity({
  uid,
  gid,
  groups,
}: {
  uid: number;
  gid: number;
  groups: number[];
}): void {
  // A user namespace that maps one id alone denies setgroups(2) to all in it; then nobody has other groups.
  if (!deniesSetgroups()) {
    check(cSetgroups(callNumber('setgroups'), groups.length, Uint32Array.from(groups)), 'setgroups');
  }
  check(cSetIds(callNumber('setresgid'), gid, gid, gid), 'setresgid');
  check(cSetIds(callNumber('setresuid'), uid, uid, uid), 'setresuid');
}

/** prctl(2). @returns what it returns, 0 or a value. */
export function prctl(option: number, value: number): number {
  const result = cPrctl(option, value, 0, 0, 0);
  check(result, 'prctl');
  return result;
}

/** The three capability sets of this thread as 64-bit masks. */
export interface CapabilitySets {
  effective: bigint;
  permitted: bigint;
  inheritable: bigint;
}

const capabilityHeader = () => Uint32Array.of(0x20080522, 0);

export function readCapabilities(): CapabilitySets {
  const data = new Uint32Array(6);
  check(cCapget(capabilityHeader(), data), 'capget');
  const set = (at: number) => BigInt(data[at]!) | (BigInt(data[at + 3]!) << 32n);
  return { effective: set(0), permitted: set(1), inheritable: set(2) };
}

export function writeCapabilities({ effective, permitted, inheritable }: CapabilitySets): void {
  const sets = [effective, permitted, inheritable];
  const words = [...sets.map((set) => set & 0xffffffffn), ...sets.map((set) => set >> 32n)];
  check(cCapset(capabilityHeader(), Uint32Array.from(words.map(Number))), 'capset');
}

/** Sees to it that no file opened so far is inherited over execve. */
export function closeAllOnExec(): void {
  const CLOSE_RANGE_CLOEXEC = 4;
  check(Number(cCloseRange(CLOSE_RANGE, 3, 0xffffffff, CLOSE_RANGE_CLOEXEC)), 'close_range');
}

/** A pipe whose ends are closed on execve. */
export function openPipe(): { read: number; write: number } {
  const O_CLOEXEC = 0o2000000;
  const fds = new Int32Array(2);
  check(cPipe2(fds, O_CLOEXEC), 'pipe2');
  return { read: fds[0]!, write: fds[1]! };
}

function check(result: number, syscall: string, path?: string): void {
  if (result < 0) throw systemError(syscall, path);
}
