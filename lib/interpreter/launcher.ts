// Runs commands inside a root filesystem: the main thread's side of `launcher-worker`.
//
// A child process inherits its root, mounts and identity from the thread that spawns it, so one thread of ours
// goes in and comes back for each RUN. Nothing is needed inside the root filesystem, not even a shell.
import { Socket } from 'node:net';
import { Worker } from 'node:worker_threads';
import type { Launch } from './launch.js';
import type { LauncherMessage } from './launcher-worker.js';
import { becomeSubreaper, killRemaining, ownChildren } from './processes.js';

/** How a command ended: one of the two is set. */
export interface Exit {
  exitCode: number | null;
  signal: NodeJS.Signals | null;
}

/** A command that could not even be started. */
export interface LaunchError extends Error {
  code: string;
}

/** Runs one command after another; shared by all RUNs of a build. */
export interface Launcher {
  /** Whether commands can have mounts of their own. */
  canMount(): Promise<boolean>;
  /**
   * Runs a command until it and everything it started has ended.
   * @param onOutput gets what it writes, as it comes.
   * @param signal stops it: SIGTERM to its process group, and SIGKILL after a grace of some seconds.
   * @throws LaunchError where it could not be started: `ENOENT` for a program that is not there.
   */
  launch(options: {
    launch: Launch;
    onOutput: (stream: 'stdout' | 'stderr', chunk: Uint8Array) => void;
    signal: AbortSignal;
  }): Promise<Exit>;
  /** Ends the thread. */
  close(): Promise<void>;
}

const graceMilliseconds = 5_000;

/** Starts the launcher's thread; it gets ready while the caller does something else. */
export function openLauncher(): Launcher {
  becomeSubreaper();
  const threads = new Map<Launch['network'], Thread>();
  const threadFor = (network: Launch['network']) => {
    const thread = threads.get(network) ?? openThread();
    threads.set(network, thread);
    return thread;
  };
  threadFor('host');
  return {
    canMount: () => threadFor('host').ready,
    launch: (options) => launchOn(threadFor(options.launch.network), options),
    async close() {
      for (const { worker } of threads.values()) await worker.terminate();
    },
  };
}

/** One thread of the launcher. */
interface Thread {
  worker: Worker;
  next(): Promise<LauncherMessage>;
  /** Resolves once it takes commands, with whether they can have mounts of their own. */
  ready: Promise<boolean>;
}

function openThread(): Thread {
  const worker = new Worker(new URL('./launcher-worker.js', import.meta.url), {
    env: {},
    execArgv: [],
    // The pipes of a command are opened in the thread and closed here.
    trackUnmanagedFds: false,
  });
  const { next } = openInbox(worker);
  // Until it is ready it holds the process, because someone may be waiting for that; afterwards only while it works.
  const ready = next()
    .then((message) => message.type === 'ready' && message.canMount)
    .finally(() => worker.unref());
  // It is told to whoever launches something.
  ready.catch(() => {});
  return { worker, next, ready };
}

async function launchOn(
  { worker, next, ready }: Thread,
  { launch, onOutput, signal }: Parameters<Launcher['launch']>[0],
): Promise<Exit> {
  await ready;
  signal.throwIfAborted();
  const before = ownChildren();
  worker.ref();
  try {
    worker.postMessage(launch);
    const started = await next();
    if (started.type === 'failed') throw Object.assign(new Error(started.message), { code: started.code });
    if (started.type !== 'started') throw new Error(`The launcher said '${started.type}' out of turn.`);
    const output = Promise.all([
      readPipe(started.stdout, (chunk) => onOutput('stdout', chunk)),
      readPipe(started.stderr, (chunk) => onOutput('stderr', chunk)),
    ]);
    const calm = stopOnAbort(started.pid, signal);
    const ended = await next().finally(calm);
    await killRemaining(before);
    await output;
    if (ended.type !== 'ended') throw new Error(`The launcher said '${ended.type}' out of turn.`);
    return { exitCode: ended.exitCode, signal: ended.signal };
  } finally {
    worker.unref();
  }
}

/** The worker's messages, one at a time; its failure fails whoever waits. */
function openInbox(worker: Worker): { next(): Promise<LauncherMessage> } {
  const messages: LauncherMessage[] = [];
  let waiting: { resolve: (message: LauncherMessage) => void; reject: (error: Error) => void } | undefined;
  let failure: Error | undefined;
  worker.on('message', (message: LauncherMessage) => {
    if (waiting === undefined) messages.push(message);
    else waiting.resolve(message);
    waiting = undefined;
  });
  const fail = (error: Error) => {
    failure ??= error;
    waiting?.reject(failure);
    waiting = undefined;
  };
  worker.on('error', fail);
  worker.on('exit', () => fail(new Error('The thread that starts commands has ended.')));
  return {
    next: () =>
      new Promise((resolve, reject) => {
        const message = messages.shift();
        if (message !== undefined) resolve(message);
        else if (failure !== undefined) reject(failure);
        else waiting = { resolve, reject };
      }),
  };
}

/** Reads a pipe to its end and closes it. */
function readPipe(fd: number, onChunk: (chunk: Uint8Array) => void): Promise<void> {
  const socket = new Socket({ fd, readable: true, writable: false });
  socket.on('data', onChunk);
  return new Promise((resolve, reject) => {
    socket.on('error', reject);
    socket.on('close', () => resolve());
  });
}

/** @returns what to call once the command has ended. */
function stopOnAbort(pid: number, signal: AbortSignal): () => void {
  let timer: NodeJS.Timeout | undefined;
  const stop = () => {
    signalGroup(pid, 'SIGTERM');
    timer = setTimeout(() => signalGroup(pid, 'SIGKILL'), graceMilliseconds);
  };
  if (signal.aborted) stop();
  else signal.addEventListener('abort', stop, { once: true });
  return () => {
    clearTimeout(timer);
    signal.removeEventListener('abort', stop);
  };
}

function signalGroup(leader: number, name: NodeJS.Signals): void {
  try {
    process.kill(-leader, name);
  } catch {
    // Nobody is left in it.
  }
}
