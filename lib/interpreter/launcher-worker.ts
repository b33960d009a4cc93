// The launcher's thread: for each RUN it enters the root filesystem, takes on the user's identity, spawns the
// command, and turns back. All of that is synchronous, so what loads lazily in Node never loads inside.
import { type ChildProcess, spawn } from 'node:child_process';
import { accessSync, closeSync, constants, fchownSync, openSync, statSync } from 'node:fs';
import { posix } from 'node:path';
import { parentPort } from 'node:worker_threads';
import type { Identity } from '../rootfs/accounts.js';
import { encodePath } from '../rootfs/byte-path.js';
import { forbidChroot, limitChildCapabilities, raiseCapabilities } from '../rootfs/capabilities.js';
import { takeBuildHostname } from '../rootfs/hostname.js';
import { leaveNetwork } from '../rootfs/network.js';
import { closeAllOnExec, openPipe, setThreadIdentity } from '../rootfs/thread-calls.js';
import { canMount, enterRoot, prepareThread, type RootView, returnHome } from '../rootfs/thread-root.js';

/** One command to run; everything in it is seen from inside the root filesystem but `view`. */
export interface Launch {
  view: RootView;
  /** `none`: a network of its own with nothing but a loopback device. */
  network: 'host' | 'none';
  identity: Identity;
  argv: string[];
  /** The whole environment. */
  env: Record<string, string>;
  cwd: string;
}

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
    if (!view.privateMounts && view.rootfs !== '/') forbidChroot();
    try {
      enterRoot(home, view);
      become(identity);
      child = spawn(findProgram({ program: argv[0]!, env, cwd }), argv.slice(1), {
        argv0: argv[0]!,
        env,
        cwd,
        detached: true,
        stdio: [nothing, stdout.write, stderr.write],
      });
    } finally {
      become(self);
      returnHome(home, view);
    }
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

function become(identity: Identity): void {
  setThreadIdentity(identity);
  raiseCapabilities();
}

/** Where execvp would find the program, by the PATH of its environment and as the user it runs as. */
function findProgram({
  program,
  env,
  cwd,
}: {
  program: string;
  env: Record<string, string>;
  cwd: string;
}): string {
  const folders = program.includes('/') ? [''] : (env.PATH ?? '').split(':');
  let failure: Error | undefined;
  for (const folder of folders) {
    const path = posix.resolve(cwd, folder, program);
    try {
      accessSync(encodePath(path), constants.X_OK);
      if (!statSync(encodePath(path)).isDirectory()) return path;
      failure = Object.assign(new Error(`${path} is a directory`), { code: 'EACCES' });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EACCES') failure = error as Error;
    }
  }
  throw failure ?? Object.assign(new Error(`${program} was not found`), { code: 'ENOENT' });
}
