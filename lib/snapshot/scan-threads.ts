// The threads that share a scan: the calling one and workers, which are kept alive between scans but keep
// no process alive.
import { availableParallelism } from 'node:os';
import { setImmediate as turn } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { runScanTask } from './run-scan-task.js';
import type { ScanResult, ScanTask } from './scan-task.js';

/** More threads gain little: they meet in the kernel's locks on directories. */
const mostThreads = 4;
/** Pieces at a worker, so that it has the next one while the result of one is on its way. */
const piecesAhead = 2;
/** Pieces that the calling thread does alone: a small tree is done by then, and workers take some 30 ms to come up. */
const piecesAlone = 1;

interface Thread {
  worker: Worker;
  waiting: Map<number, { resolve(result: ScanResult): void; reject(error: Error): void }>;
}

let threads: Thread[] = [];
let lastId = 0;

/** The work of one scan: pieces as long as there are any, which may grow by the results. */
export interface Work {
  next(): ScanTask | undefined;
  done(task: ScanTask, result: ScanResult): void;
}

/** How many threads a scan uses unless told. */
export const defaultThreads = (): number => Math.min(availableParallelism(), mostThreads);

/** Has the threads of scans to come start now, while the caller does something else. */
export function startScanThreads(count = defaultThreads()): void {
  workers(count - 1);
}

/**
 * Does all of the work. The calling thread takes part, and comes up for air between pieces.
 * @param count of threads, the calling one included.
 */
export async function shareWork(work: Work, count: number, signal?: AbortSignal): Promise<void> {
  const underway = new Set<Promise<void>>();
  let failure: { error: unknown } | undefined;
  const hand = (task: ScanTask, thread: Thread) => {
    const piece = runIn(thread, task)
      .then((result) => work.done(task, result))
      .catch((error) => {
        failure ??= { error };
      })
      .finally(() => underway.delete(piece));
    underway.add(piece);
  };
  for (let pieces = 0; ; pieces++) {
    signal?.throwIfAborted();
    if (failure) throw failure.error;
    let task = work.next();
    if (task !== undefined && pieces >= piecesAlone)
      for (const thread of workers(count - 1))
        while (task !== undefined && thread.waiting.size < piecesAhead) {
          hand(task, thread);
          task = work.next();
        }
    if (task !== undefined) {
      work.done(task, runScanTask(task));
      await turn();
    } else if (underway.size > 0) await Promise.race(underway);
    else return;
  }
}

/** Ends the workers; a later scan starts new ones. No process needs this to exit. */
export async function closeScanThreads(): Promise<void> {
  const ending = threads;
  threads = [];
  await Promise.all(ending.map(({ worker }) => worker.terminate()));
}

function workers(count: number): Thread[] {
  while (threads.length < count) threads.push(startThread());
  return threads.slice(0, count);
}

function startThread(): Thread {
  const worker = new Worker(new URL('./scan-worker.js', import.meta.url), { execArgv: [] });
  const thread: Thread = { worker, waiting: new Map() };
  worker.on('message', ({ id, result, failure }) => {
    const waiting = thread.waiting.get(id);
    thread.waiting.delete(id);
    if (thread.waiting.size === 0) worker.unref();
    if (failure) waiting?.reject(Object.assign(new Error(failure.message), { code: failure.code }));
    else waiting?.resolve(result);
  });
  const fail = (error: Error) => {
    threads = threads.filter((other) => other !== thread);
    for (const { reject } of thread.waiting.values()) reject(error);
    thread.waiting.clear();
  };
  worker.on('error', fail);
  worker.on('exit', () => fail(new Error('A scanning thread ended before its work was done.')));
  // It holds the process until it says, with a message of no task, that it is up; and while there is work.
  return thread;
}

function runIn(thread: Thread, task: ScanTask): Promise<ScanResult> {
  const id = ++lastId;
  return new Promise((resolve, reject) => {
    if (thread.waiting.size === 0) thread.worker.ref();
    thread.waiting.set(id, { resolve, reject });
    thread.worker.postMessage({ id, task });
  });
}
