// The processes of a RUN end with it: whatever its command leaves behind, daemons included, is killed.
// Orphans come to us rather than to init because we are a subreaper; prctl(2).
import { readdirSync, readFileSync } from 'node:fs';
import { cFunction } from '../rootfs/libc.js';
import { prctl } from '../rootfs/thread-calls.js';

const PR_SET_CHILD_SUBREAPER = 36;
const WNOHANG = 1;
const cWaitpid = cFunction('int waitpid(int pid, _Out_ int *status, int options)');

/** Makes orphaned descendants children of this process. */
export function becomeSubreaper(): void {
  prctl(PR_SET_CHILD_SUBREAPER, 1);
}

interface Process {
  pid: number;
  parent: number;
  session: number;
  zombie: boolean;
}

/** The processes that are children of ours now; what is not in a RUN must be told from what it leaves behind. */
export function ownChildren(): Set<number> {
  return new Set(processes().flatMap(({ pid, parent }) => (parent === process.pid ? [pid] : [])));
}

/**
 * Kills and reaps what a RUN left behind after its command ended: children of ours that were none before, in
 * another session than our own (a RUN's command starts a session, and no process can join an older one), with
 * all their descendants.
 * @param before the children of this process from just before the command was started.
 */
export async function killRemaining(before: ReadonlySet<number>): Promise<void> {
  for (let round = 0; ; round++) {
    const remaining = descendantsLeft(before);
    if (remaining.length === 0) return;
    for (const { pid, zombie } of remaining) {
      if (!zombie) kill(pid);
      cWaitpid(pid, new Int32Array(1), WNOHANG);
    }
    // What was killed ends soon, but not at once; something stuck in the kernel must not hold us for ever.
    if (round > 1000) return;
    await new Promise((resolve) => setTimeout(resolve, Math.min(round, 20)));
  }
}

function descendantsLeft(before: ReadonlySet<number>): Process[] {
  const all = processes();
  const own = all.find(({ pid }) => pid === process.pid);
  const found = all.filter(
    ({ pid, parent, session }) => parent === process.pid && session !== own?.session && !before.has(pid),
  );
  for (let at = 0; at < found.length; at++) {
    found.push(...all.filter(({ parent }) => parent === found[at]!.pid));
  }
  return found;
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It ended by itself.
  }
}

function processes(): Process[] {
  return readdirSync('/proc').flatMap((name) => {
    if (!/^\d+$/.test(name)) return [];
    try {
      // The command's name stands in parentheses and may hold anything.
      const text = readFileSync(`/proc/${name}/stat`, 'latin1');
      const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
      const [state, parent, , session] = fields;
      return [{ pid: Number(name), parent: Number(parent), session: Number(session), zombie: state === 'Z' }];
    } catch {
      return [];
    }
  });
}
