// Locks between processes, held on an open file: the kernel drops them with the process, however it ends.
import { closeSync, constants, openSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import koffi from 'koffi';
import { encodePath } from './byte-path.js';
import { cFunction, systemError } from './libc.js';

const LOCK_SH = 1;
const LOCK_EX = 2;
const LOCK_NB = 4;
const EWOULDBLOCK = 11;
const pollMilliseconds = 100;

const cFlock = cFunction('int flock(int fd, int operation)');

/**
 * Takes a lock on a file, which is made where it does not exist.
 * @param shared several may hold a shared lock at a time.
 * @returns gives the lock back; undefined where another process holds it.
 */
export function tryLockFile({ path, shared }: { path: string; shared: boolean }): (() => void) | undefined {
  return tryLock(openSync(encodePath(path), 'a', 0o600), path, shared);
}

/** What some network file systems answer, which have no locks. */
const noLocks = ['ENOLCK', 'ENOSYS', 'EOPNOTSUPP'];

/**
 * Takes a lock on a folder, in which nothing is made for it; where its file system has no locks, goes without.
 * @returns gives the lock back; undefined where somebody holds it.
 */
export function tryLockFolder(path: string): (() => void) | undefined {
  const fd = openSync(encodePath(path), constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    return tryLock(fd, path, false);
  } catch (error) {
    if (!noLocks.includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
    return () => {};
  }
}

function tryLock(fd: number, path: string, shared: boolean): (() => void) | undefined {
  if (cFlock(fd, (shared ? LOCK_SH : LOCK_EX) | LOCK_NB) === 0) return () => closeSync(fd);
  const busy = koffi.errno() === EWOULDBLOCK;
  const error = systemError('flock', path);
  closeSync(fd);
  if (busy) return undefined;
  throw error;
}

/**
 * Takes a lock on a file, and waits for it as long as it takes.
 * @throws the signal's reason where it was aborted while waiting.
 */
export async function lockFile({
  path,
  shared,
  signal,
}: {
  path: string;
  shared: boolean;
  signal: AbortSignal;
}): Promise<() => void> {
  for (;;) {
    signal.throwIfAborted();
    const release = tryLockFile({ path, shared });
    if (release !== undefined) return release;
    await setTimeout(pollMilliseconds, undefined, { signal });
  }
}
