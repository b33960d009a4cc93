// Lets an ordinary user be root over a root filesystem of his own: in a user namespace, user_namespaces(7).
// A process with threads, such as this one, cannot enter one; so the program is started again inside.
import { spawn, spawnSync } from 'node:child_process';

/**
 * From the best to the plainest: all of the user's subordinate ids, or only his own as root. The mount namespace
 * goes with it because threads that leave theirs can come back only to one that the user namespace owns.
 */
const manners = [
  ['--map-root-user', '--map-auto', '--mount'],
  ['--map-root-user', '--mount'],
  ['-r', '-m'],
];

const forwarded = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Runs a program of ours as root of a new user namespace, with this process's streams and environment.
 * @param argv the program and its arguments
 * @returns its exit code
 * @throws Error with a sentence where the kernel gives no namespace, or the program `unshare` is missing
 */
export async function runInUserNamespace(argv: readonly string[]): Promise<number> {
  const probes = manners.map((manner) => ({ manner, ...spawnSync('unshare', [...manner, 'true']) }));
  const usable = probes.find(({ status }) => status === 0);
  if (usable === undefined) {
    const { error, stderr } = probes.at(-1)!;
    const reason = error
      ? 'the program unshare is not installed'
      : String(stderr).trim().split('\n').at(-1)!.replace('unshare: unshare', 'unshare');
    throw new Error(
      `Changing a root filesystem takes root, and a user namespace cannot be had instead: ${reason}. ` +
        'Run this as root, which in a container takes no more than its default privileges, or let users have ' +
        'user namespaces (docker run --security-opt seccomp=unconfined).',
    );
  }
  const child = spawn('unshare', [...usable.manner, ...argv], { stdio: 'inherit' });
  const forward = (signal: NodeJS.Signals) => child.kill(signal);
  for (const signal of forwarded) process.on(signal, forward);
  try {
    return await new Promise((resolve, reject) => {
      child.on('error', reject);
      child.on('exit', (code) => resolve(code ?? 1));
    });
  } finally {
    for (const signal of forwarded) process.off(signal, forward);
  }
}
