// Cuts layers: holds the snapshot that the next layer starts from, so that where one layer ends the next begins.
import type { Compression, Layer } from '../layer/layer.js';
import { writeLayer } from '../layer/write-layer.js';
import type { OnEvent, PhaseName } from '../report/events.js';
import type { Logger } from '../report/logger.js';
import type { Change } from '../snapshot/change.js';
import { diffSnapshots } from '../snapshot/diff-snapshots.js';
import { type RestoredPaths, withoutRestored } from '../snapshot/restored.js';
import type { Snapshot } from '../snapshot/snapshot.js';
import { takeSnapshot } from '../snapshot/take-snapshot.js';
import type { TouchedDirectories } from '../snapshot/touched.js';

export interface LayerCutterOptions {
  /** Absolute path of the root filesystem. */
  rootfs: string;
  /** Absolute paths inside the rootfs that no layer takes in. */
  ignore: string[];
  /** Existing folder for the finished layers. */
  directory: string;
  compression?: Compression;
  /** Seconds since the epoch: the latest time that a layer tells. */
  sourceDateEpoch?: number;
  logger: Logger;
  onEvent: OnEvent;
  signal: AbortSignal;
}

export interface LayerCutter {
  /** Sees to it that the state before the first change is known; nothing may change until it resolves. */
  ready(): Promise<void>;
  /** Writes what changed since the last cut, less what we did ourselves; there is no layer where nothing did. */
  cut(ours: { touched: TouchedDirectories; restored: RestoredPaths }): Promise<Cut>;
  /** To be called when the root filesystem was changed by what is in a layer already. */
  forget(): void;
}

/** A layer and what is in it. */
export interface Cut {
  layer?: Layer;
  changes: readonly Change[];
}

/** A cutter for a root filesystem; nothing is scanned until it is asked for. */
export function openLayerCutter(options: LayerCutterOptions): LayerCutter {
  const { rootfs, ignore, directory, compression, sourceDateEpoch, logger, onEvent, signal } = options;
  let last: Promise<Snapshot> | undefined;

  const timed = async <T>(phase: PhaseName, work: Promise<T>, about?: (result: T) => object): Promise<T> => {
    const started = performance.now();
    const result = await work;
    onEvent({ type: 'phase-finished', phase, milliseconds: performance.now() - started, ...about?.(result) });
    return result;
  };
  const scan = (since?: Snapshot) =>
    timed('scan', takeSnapshot({ rootfs, ignore, logger, signal, ...(since && { since }) }));

  return {
    ready: async () => {
      last ??= scan();
      await last;
    },
    cut: async ({ touched, restored }) => {
      last ??= scan();
      const before = await last;
      const after = await scan(before);
      last = Promise.resolve(after);
      const changes = withoutRestored({
        changes: diffSnapshots({ before, after, touched }),
        restored,
        rootfs,
        stamp: before.moment.stamp,
      });
      touched.clear();
      restored.clear();
      if (changes.length === 0) return { changes };
      const written = writeLayer({
        rootfs,
        changes,
        directory,
        logger,
        signal,
        ...(compression && { compression }),
        ...(sourceDateEpoch !== undefined && { sourceDateEpoch }),
      });
      const layer = await timed('layer', written, ({ size }) => ({ files: changes.length, bytes: size }));
      return { layer, changes };
    },
    forget: () => {
      last = undefined;
    },
  };
}
