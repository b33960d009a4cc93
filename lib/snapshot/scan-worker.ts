// A scanning thread: does one piece of a scan after another.
import { parentPort } from 'node:worker_threads';
import { runScanTask } from './run-scan-task.js';
import type { ScanTask } from './scan-task.js';

// Says that it is up: until then it must not be left, for Node may abort where a thread is cut off while it loads.
parentPort!.postMessage({ id: 0 });

parentPort!.on('message', ({ id, task }: { id: number; task: ScanTask }) => {
  try {
    parentPort!.postMessage({ id, result: runScanTask(task) });
  } catch (error) {
    const { message, code } = error as NodeJS.ErrnoException;
    parentPort!.postMessage({ id, failure: { message, code } });
  }
});
