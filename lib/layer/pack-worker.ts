// The worker thread of `pack-in-worker`: packs synchronously into shared memory, slot by slot.
import { parentPort, workerData } from 'node:worker_threads';
import type { Change } from '../snapshot/change.js';
import { chunkSize } from './chunk.js';
import { packEntries } from './pack-entries.js';
import { planLayer } from './plan-layer.js';

/** What the worker is started with. */
export interface PackWorkerData {
  rootfs: string;
  changes: readonly Change[];
  latest: bigint | undefined;
  /** Chunks, one after the other. */
  memory: SharedArrayBuffer;
  /** For each chunk of `memory` 1 while its bytes are in use, else 0. */
  inUse: Int32Array;
}

/** What the worker posts. */
export type PackWorkerMessage =
  | { type: 'chunk'; slot: number; length: number }
  | { type: 'note'; note: string }
  | { type: 'end' }
  | { type: 'error'; message: string; code: string | undefined };

const { rootfs, changes, latest, memory, inUse } = workerData as PackWorkerData;
const post = (message: PackWorkerMessage) => parentPort!.postMessage(message);
let slot = -1;

function nextBuffer(): Buffer {
  slot = (slot + 1) % inUse.length;
  Atomics.wait(inUse, slot, 1);
  return Buffer.from(memory, slot * chunkSize, chunkSize);
}

try {
  const entries = planLayer(changes);
  for (const chunk of packEntries({
    rootfs,
    entries,
    latest,
    nextBuffer,
    onNote: (note) => post({ type: 'note', note }),
  })) {
    Atomics.store(inUse, slot, 1);
    post({ type: 'chunk', slot, length: chunk.length });
  }
  post({ type: 'end' });
} catch (error) {
  const { message, code } = error as NodeJS.ErrnoException;
  post({ type: 'error', message, code });
}
