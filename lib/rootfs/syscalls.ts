// The file system calls that Node lacks: exact times, device nodes, extended attributes, clocks.
import { cFunction, cPath, systemError } from './libc.js';

const AT_FDCWD = -100;
const AT_SYMLINK_NOFOLLOW = 0x100;
const CLOCK_REALTIME = 0;
const CLOCK_REALTIME_COARSE = 5;
const CLOCK_BOOTTIME = 7;
const nanosecondsASecond = 1_000_000_000n;

const cUtimensat = cFunction(
  'int utimensat(int dirfd, const uint8_t *path, const int64_t *times, int flags)',
);
const cMknod = cFunction('int mknod(const uint8_t *path, uint32_t mode, uint64_t dev)');
const cLlistxattr = cFunction('long llistxattr(const uint8_t *path, _Out_ uint8_t *list, size_t size)');
const cLgetxattr = cFunction(
  'long lgetxattr(const uint8_t *path, const char *name, _Out_ uint8_t *value, size_t size)',
);
const cLsetxattr = cFunction(
  'int lsetxattr(const uint8_t *path, const char *name, const uint8_t *value, size_t size, int flags)',
);
const cLremovexattr = cFunction('int lremovexattr(const uint8_t *path, const char *name)');
const cClockGettime = cFunction('int clock_gettime(int clock, _Out_ int64_t *time)');

/** Times in nanoseconds since the epoch, set on the thing itself and never through a symlink. */
export function setTimes(path: string, accessed: bigint, modified: bigint): void {
  const times = BigInt64Array.from([...timespec(accessed), ...timespec(modified)]);
  if (cUtimensat(AT_FDCWD, cPath(path), times, AT_SYMLINK_NOFOLLOW) !== 0)
    throw systemError('utimensat', path);
}

/** Makes a fifo, a device or an empty file; `mode` holds the type and permission bits, `device` is st_rdev. */
export function makeNode(path: string, mode: number, device: bigint): void {
  if (cMknod(cPath(path), mode, device) !== 0) throw systemError('mknod', path);
}

/**
 * The extended attributes of a file, directory or symlink itself, sorted by name; none where the file
 * system has none (an attribute that goes away between the list and the look is none). Names that are not UTF-8 do not occur in Linux' namespaces.
 */
export function readXattrs(path: string): [name: string, value: Buffer][] {
  const file = cPath(path);
  const list = readSized('llistxattr', path, (buffer) => cLlistxattr(file, buffer, buffer.length));
  if (list === undefined || list.length === 0) return [];
  const attributes: [string, Buffer][] = [];
  for (const name of list.toString('utf8').split('\0')) {
    if (name === '') continue;
    const value = readSized(`lgetxattr ${name}`, path, (buffer) =>
      cLgetxattr(file, name, buffer, buffer.length),
    );
    if (value !== undefined) attributes.push([name, value]);
  }
  return attributes.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
}

/** Sets one extended attribute on the thing itself. */
export function setXattr(path: string, name: string, value: Buffer): void {
  if (cLsetxattr(cPath(path), name, value, value.length, 0) !== 0)
    throw systemError(`lsetxattr ${name}`, path);
}

/** Removes one extended attribute from the thing itself. */
export function removeXattr(path: string, name: string): void {
  if (cLremovexattr(cPath(path), name) !== 0) throw systemError(`lremovexattr ${name}`, path);
}

/** The real-time clock in nanoseconds since the epoch. */
export const realTime = (): bigint => clock(CLOCK_REALTIME);
/** The clock that stamps inodes: the real-time clock as of the kernel's last tick. */
export const realTimeCoarse = (): bigint => clock(CLOCK_REALTIME_COARSE);
/** Nanoseconds since boot: never set back, runs on during suspend. */
export const bootTime = (): bigint => clock(CLOCK_BOOTTIME);

function clock(id: number): bigint {
  const time = new BigInt64Array(2);
  if (cClockGettime(id, time) !== 0) throw systemError('clock_gettime');
  return time[0]! * nanosecondsASecond + time[1]!;
}

function timespec(nanoseconds: bigint): [bigint, bigint] {
  const rest = ((nanoseconds % nanosecondsASecond) + nanosecondsASecond) % nanosecondsASecond;
  return [(nanoseconds - rest) / nanosecondsASecond, rest];
}

const roomForMost = Buffer.alloc(1024);
const empty = Buffer.alloc(0);

/**
 * Calls a function that fills a buffer and returns a length or a negative number; grows the buffer as
 * long as it does not suffice. Empty where the file system, or this file, has nothing of the kind.
 */
function readSized(syscall: string, path: string, call: (buffer: Buffer) => number): Buffer | undefined {
  for (let buffer = roomForMost; ; buffer = Buffer.alloc(buffer.length * 8)) {
    const length = call(buffer);
    if (length === 0) return empty;
    if (length > 0) return Buffer.from(buffer.subarray(0, length));
    const error = systemError(syscall, path);
    if (error.code === 'ENOTSUP' || error.code === 'EOPNOTSUPP' || error.code === 'ENODATA') return undefined;
    if (error.code !== 'ERANGE') throw error;
  }
}
