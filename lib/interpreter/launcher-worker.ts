// The launcher's thread: for each RUN it enters the root filesystem, takes on the user's identity, spawns the
// command, and turns back. All of that is synchronous, so what loads lazily in Node never loads inside.
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, constants, fchownSync, openSync } from 'node:fs';
import { parentPort } from 'node:worker_threads';
import type { Identity } from '../rootfs/accounts.js';
import { forbidChroot, limitChildCapabilities, raiseCapabilities } from '../rootfs/capabilities.js';
import { takeBuildHostname } from '../rootfs/hostname.js';
import { leaveNetwork } from '../rootfs/network.js';
import { closeAllOnExec, openPipe, setThreadIdentity } from '../rootfs/thread-calls.js';
import { canMount, enterRoot, prepareThread, returnHome } from '../rootfs/thread-root.js';
import { findProgram } from './find-program.js';
import type { Launch } from './launch.js';
import { spawnInChroot } from './spawn-in-chroot.js';

/** What the thread tells, in this order: `ready` once, then for each launch `failed`, or `started` and `ended`. */
export type LauncherMessage =
  | { type: 'ready'; canMount: boolean }
  | { type: 'started'; pid: number; stdout: number; stderr: number }
  | { type: 'failed'; code: string; message: string }
  | { type: 'ended'; exitCode: number | null; signal: NodeJS.Signals | null };

const port = parentPort!;
const tell = (message: LauncherMessage) => port.postMessage(message);

const home = prepareThread();
const self: Identity = {
  uid: process.geteuid!(),
  gid: process.getegid!(),
  groups: process.getgroups!(),
  home: '/',
};
const nothing = openSync('/dev/null', constants.O_RDONLY);
let isAlone = false;
let isNamed = false;
limitChildCapabilities();
port.on('message', launch);
tell({ type: 'ready', canMount: canMount(home) });

function launch({ view, network, identity, argv, env, cwd }: Launch): void {
  const stdout = openPipe();
  const stderr = openPipe();
  let child: ChildProcess | undefined;
  try {
    // /dev/stdout is opened anew through /proc, which asks for permission on the pipe itself.
    for (const { write } of [stdout, stderr]) fchownSync(write, identity.uid, identity.gid);
    closeAllOnExec();
    // For good: a user namespace does not let its threads back. The launcher has a thread for each network.
    if (network === 'none' && !isAlone) leaveNetwork();
    isAlone = network === 'none';
    if (!isNamed && view.privateMounts && view.rootfs !== '/') {
      takeBuildHostname();
      isNamed = true;
    }
    child = spawnInside({ view, identity, argv, env, cwd }, [nothing, stdout.write, stderr.write]);
  } catch (error) {
    const { code = 'ERR', message } = error as NodeJS.ErrnoException;
    tell({ type: 'failed', code, message });
  }
  closeSync(stdout.write);
  closeSync(stderr.write);
  if (child?.pid === undefined) {
    closeSync(stdout.read);
    closeSync(stderr.read);
    child?.on('error', ({ code = 'ERR', message }: NodeJS.ErrnoException) =>
      tell({ type: 'failed', code, message }),
    );
    return;
  }
  tell({ type: 'started', pid: child.pid, stdout: stdout.read, stderr: stderr.read });
  child.on('exit', (exitCode, signal) => tell({ type: 'ended', exitCode, signal }));
}

/** Spawns the command where its view says. */
function spawnInside(
  { view, identity, argv, env, cwd }: Omit<Launch, 'network'>,
  stdio: [number, number, number],
): ChildProcess {
  const { rootfs, privateMounts } = view;
  // C would take what is before it for the whole.
  if ([...argv, ...Object.entries(env).flat()].some((text) => text.includes('\0')))
    throw new Error(
      'An argument or variable of the command holds a NUL character, which Linux does not take.',
    );
  const inChroot = rootfs !== '/' && !privateMounts;
  if (inChroot && !home.ownRoot) return spawnInChroot({ rootfs, identity, argv, env, cwd }, stdio);
  if (inChroot) forbidChroot();
  try {
    enterRoot(view);
    become(identity);
    return spawn(findProgram({ program: argv[0]!, env, cwd }), argv.slice(1), {
      argv0: argv[0]!,
      env,
      cwd,
      detached: true,
      stdio,
    });
  } finally {
    become(self);
    returnHome(home, view);
  }
}

function become(identity: Identity): void {
  setThreadIdentity(identity);
  raiseCapabilities();
}
