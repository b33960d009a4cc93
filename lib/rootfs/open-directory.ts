// A directory that is open: the names in it, and when what they name was last touched. Scans ask that of hundreds
// of thousands of files, by getdents64(2) and statx(2) into one buffer each. `readdirSync` makes an object of each
// entry, `lstatSync` one with four dates and walks the whole path to it: half as much time again.
import { constants } from 'node:fs';
import { endianness } from 'node:os';
import { decodePath } from './byte-path.js';
import { callNumber } from './call-numbers.js';
import { cFunctionNow, cPath, systemError } from './libc.js';

const O_CLOEXEC = 0o2000000;
const O_PATH = 0o10000000;
const AT_SYMLINK_NOFOLLOW = 0x100;
const AT_EMPTY_PATH = 0x1000;
const STATX_TYPE = 0x1;
const STATX_CTIME = 0x80;
const STATX_INO = 0x100;

const openWith = (pathType: string) => cFunctionNow(`int open(const ${pathType} *path, int flags)`);
const statxWith = (nameType: string) =>
  cFunctionNow(
    `int statx(int directory, const ${nameType} *name, int flags, uint32_t mask, uint8_t *result)`,
  );
/** Strings go in as UTF-8, which is faster than bytes of our own, but cannot say every name. */
const [cOpen, cOpenBytes] = [openWith('char'), openWith('uint8_t')];
const [cStatx, cStatxBytes] = [statxWith('char'), statxWith('uint8_t')];
const cClose = cFunctionNow('int close(int file)');
/** Not getdents64 itself, which the C library has only since glibc 2.30. */
const cSyscall = cFunctionNow('long syscall(long number, int directory, uint8_t *buffer, size_t size)');

/** `struct statx` of what was asked for last, the same on every machine (linux/stat.h), in 32-bit words. */
const answer = new Uint32Array(64);
const answerBytes = new Uint8Array(answer.buffer);
const answerHalves = new Uint16Array(answer.buffer);
const modeHalf = 14;
const wordOf = { inode: 8, seconds: 24, nanoseconds: 26, device: 34 };
const [low, high] = endianness() === 'LE' ? [0, 1] : [1, 0];

/** Entries of a directory, one after another: `struct linux_dirent64`. */
const entries = Buffer.alloc(1 << 16);
const lengthAt = 16;
const typeAt = 18;
const nameAt = 19;
const DT_UNKNOWN = 0;
const DT_DIR = 4;
const nonAscii = /[^\0-\x7f]/;

/**
 * Opens a directory itself, never through a symlink; to be closed with `closeDirectory`.
 * @param purpose whether its names are to be read, which it may not permit, or stamps alone.
 */
export function openDirectory(path: string, purpose: 'names' | 'stamps'): number {
  const itself = constants.O_DIRECTORY | constants.O_NOFOLLOW | O_CLOEXEC;
  const flags = purpose === 'names' ? itself : itself | O_PATH;
  const directory = path.isWellFormed() ? cOpen(path, flags) : cOpenBytes(cPath(path), flags);
  if (directory < 0) throw systemError('open', path);
  return directory;
}

export function closeDirectory(directory: number): void {
  cClose(directory);
}

/** The ctime of something in an open directory, in milliseconds since the epoch as in Node's `Stats`. */
export function ctimeIn(directory: number, name: string): number {
  if (statIn(directory, name, STATX_CTIME) !== 0) throw systemError('statx', name);
  return ctime();
}

export interface DirectoryStamp {
  /** Milliseconds since the epoch, as in Node's `Stats`. */
  ctimeMs: number;
  /** Device and inode number: what makes it this one wherever it is moved. */
  identity: string;
}

/** The stamp of an open directory. */
export function directoryStamp(directory: number): DirectoryStamp {
  const mask = STATX_CTIME | STATX_INO;
  if (cStatx(directory, '', AT_EMPTY_PATH, mask, answerBytes) !== 0) throw systemError('statx');
  const { device, inode } = wordOf;
  const identity = `${answer[device]}:${answer[device + 1]}:${answer[inode]}:${answer[inode + 1]}`;
  return { ctimeMs: ctime(), identity };
}

export interface NamesInDirectory {
  directories: string[];
  /** Everything that is not a directory. */
  files: string[];
}

/** The names in an open directory, which is read to its end. */
export function namesIn(directory: number): NamesInDirectory {
  const names: NamesInDirectory = { directories: [], files: [] };
  for (;;) {
    const size = cSyscall(callNumber('getdents64'), directory, entries, entries.length);
    if (size < 0) throw systemError('getdents64');
    if (size === 0) return names;
    sortOut(entries.toString('latin1', 0, size), directory, names);
  }
}

/** @param text entries, each byte as a character. */
function sortOut(text: string, directory: number, names: NamesInDirectory): void {
  for (let at = 0; at < text.length; ) {
    const start = at + nameAt;
    const bytes = text.slice(start, text.indexOf('\0', start));
    const type = text.charCodeAt(at + typeAt);
    at += text.charCodeAt(at + lengthAt + low) + 256 * text.charCodeAt(at + lengthAt + high);
    if (bytes === '.' || bytes === '..') continue;
    const name = nonAscii.test(bytes) ? decodePath(Buffer.from(bytes, 'latin1')) : bytes;
    const isDirectory = type === DT_DIR || (type === DT_UNKNOWN && isDirectoryIn(directory, name));
    (isDirectory ? names.directories : names.files).push(name);
  }
}

/** For file systems that do not tell; what is gone meanwhile is no directory. */
function isDirectoryIn(directory: number, name: string): boolean {
  if (statIn(directory, name, STATX_TYPE) !== 0) return false;
  return (answerHalves[modeHalf]! & constants.S_IFMT) === constants.S_IFDIR;
}

function statIn(directory: number, name: string, mask: number): number {
  return name.isWellFormed()
    ? cStatx(directory, name, AT_SYMLINK_NOFOLLOW, mask, answerBytes)
    : cStatxBytes(directory, cPath(name), AT_SYMLINK_NOFOLLOW, mask, answerBytes);
}

function ctime(): number {
  const { seconds, nanoseconds } = wordOf;
  // The upper half is signed.
  const upper = answer[seconds + high]! | 0;
  return (upper * 2 ** 32 + answer[seconds + low]!) * 1e3 + answer[nanoseconds]! / 1e6;
}
