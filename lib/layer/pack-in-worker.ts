// Packs in a worker thread, so that reading goes on while this thread hashes, compresses and writes.
import { on } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { Change } from '../snapshot/change.js';
import { type Chunk, chunkSize } from './chunk.js';
import type { PackWorkerData, PackWorkerMessage } from './pack-worker.js';

/** How far the worker may be ahead: enough to keep deflate busy on all of its threads. */
const slots = 12;

/**
 * The tar of some changes, packed as by `packEntries`, in chunks that lie in memory shared with the worker.
 * @param options.latest nanoseconds since the epoch; later modification times are set back to it
 * @throws Error as `planLayer` and `packEntries` do
 */
export async function* packInWorker(options: {
  rootfs: string;
  changes: readonly Change[];
  latest: bigint | undefined;
  onNote: (note: string) => void;
  signal?: AbortSignal | undefined;
}): AsyncGenerator<Chunk> {
  const { onNote, signal, ...request } = options;
  const memory = new SharedArrayBuffer(slots * chunkSize);
  const inUse = new Int32Array(new SharedArrayBuffer(slots * Int32Array.BYTES_PER_ELEMENT));
  const workerData: PackWorkerData = { ...request, memory, inUse };
  const worker = new Worker(new URL('./pack-worker.js', import.meta.url), { workerData });
  try {
    for await (const [message] of on(worker, 'message', { ...(signal && { signal }), close: ['exit'] })) {
      const event = message as PackWorkerMessage;
      if (event.type === 'end') return;
      if (event.type === 'error') throw Object.assign(new Error(event.message), { code: event.code });
      if (event.type === 'note') onNote(event.note);
      if (event.type !== 'chunk') continue;
      yield {
        bytes: Buffer.from(memory, event.slot * chunkSize, event.length),
        release() {
          Atomics.store(inUse, event.slot, 0);
          Atomics.notify(inUse, event.slot);
        },
      };
    }
    throw new Error('The thread that packs a layer ended before its work was done.');
  } finally {
    await worker.terminate();
  }
}
