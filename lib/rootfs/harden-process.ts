// Keeps what runs in a RUN from reading this process: a RUN as root shares our user id, and often our view of
// /proc, and our environment may hold the credentials of a registry.
import { closeSync, openSync, readFileSync, writeSync } from 'node:fs';
import { prctl } from './thread-calls.js';

const PR_SET_DUMPABLE = 4;
/** Fields of /proc/self/stat, counted from the one after the command's name, which is field 3. */
const ENV_START = 50 - 3;
const ENV_END = 51 - 3;

/**
 * Hides this process's environment, memory, open files and root directory from all others that lack
 * CAP_SYS_PTRACE, and wipes the initial environment, which `/proc/<pid>/environ` shows for as long as a process
 * lives. `process.env` stays what it is. For commands, once, before anything untrusted runs.
 */
export function hardenProcess(): void {
  wipeInitialEnvironment();
  prctl(PR_SET_DUMPABLE, 0);
}

function wipeInitialEnvironment(): void {
  // Each variable moves to the heap first: libc still points into the memory that is wiped.
  for (const [name, value] of Object.entries(process.env)) process.env[name] = value;
  const stat = readFileSync('/proc/self/stat', 'latin1');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [start, end] = [Number(fields[ENV_START]), Number(fields[ENV_END])];
  if (!(start > 0 && end > start)) return;
  const memory = openSync('/proc/self/mem', 'r+');
  try {
    writeSync(memory, Buffer.alloc(end - start), 0, end - start, start);
  } finally {
    closeSync(memory);
  }
}
