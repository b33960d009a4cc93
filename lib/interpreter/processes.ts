// The processes of a RUN end with it: whatever its command leaves behind, daemons included, is killed, as the end
// of a PID namespace would do it. Orphans come to us rather than to init because we are a subreaper; prctl(2).
import { readdirSync, readFileSync } from 'node:fs';
import { cFunction } from '../rootfs/libc.js';
import { prctl } from '../rootfs/thread-calls.js';

const PR_SET_CHILD_SUBREAPER = 36;
const WNOHANG = 1;
const mostMilliseconds = 20_000;
const cWaitpid = cFunction('int waitpid(int pid, _Out_ int *status, int options)');

/** Makes orphaned descendants children of this process. */
export function becomeSubreaper(): void {
  prctl(PR_SET_CHILD_SUBREAPER, 1);
}

/** The processes that are children of this one now. */
export function ownChildren(): Set<number> {
  return new Set(listChildren() ?? scanForChildren());
}

/**
 * Kills and reaps what a RUN left behind after its command ended: children of ours that were none before, in
 * another session than our own. (A RUN's command starts a session, and no process can join an older one.) What
 * these leave behind comes to us in turn. Only they are waited for: libuv's children stay libuv's.
 * @param before the children of this process from just before the command was started.
 */
export async function killRemaining(before: ReadonlySet<number>): Promise<void> {
  const session = readProcess(process.pid)?.session;
  // What was killed ends soon, but not at once; something stuck in the kernel must not hold us for ever.
  const deadline = performance.now() + mostMilliseconds;
  for (let idleRounds = 0; performance.now() < deadline; idleRounds++) {
    let found = false;
    for (const pid of ownChildren()) {
      const child = before.has(pid) ? undefined : readProcess(pid);
      if (child === undefined || child.session === session) continue;
      found = true;
      if (!child.isZombie) kill(pid);
      // One that ended may have started the next before: that one must be met before it does the same.
      if (cWaitpid(pid, new Int32Array(1), WNOHANG) === pid) idleRounds = 0;
    }
    if (!found) return;
    if (idleRounds === 0) await new Promise((resolve) => setImmediate(resolve));
    else await new Promise((resolve) => setTimeout(resolve, Math.min(idleRounds, 20)));
  }
}

/** The kernel's own list, thread by thread; undefined where it was built without. */
function listChildren(): number[] | undefined {
  try {
    return readdirSync('/proc/self/task').flatMap((thread) =>
      readFileSync(`/proc/self/task/${thread}/children`, 'latin1').split(' ').filter(Boolean).map(Number),
    );
  } catch {
    return undefined;
  }
}

function scanForChildren(): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => readProcess(pid)?.parent === process.pid);
}

interface Process {
  parent: number;
  session: number;
  isZombie: boolean;
}

/** undefined where there is no such process any more. */
function readProcess(pid: number): Process | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // The command's name stands in parentheses and may hold anything.
    const [state, parent, , session] = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return { parent: Number(parent), session: Number(session), isZombie: state === 'Z' };
  } catch {
    return undefined;
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It ended by itself.
  }
}
