// Restores an image's layers onto a root filesystem.
import type { Digest } from '../image/manifest.js';
import { unpackLayer } from '../layer/unpack-layer.js';
import { verifyLayer } from '../layer/verify-layer.js';
import type { OnEvent } from '../report/events.js';
import { type Logger, silentLogger } from '../report/logger.js';
import { checkFolder } from '../rootfs/check-folder.js';
import { openLayout } from './open-layout.js';

/**
 * Applies the layers that a layout holds, from the lowest up, to a root filesystem; those that a sparse
 * layout only names are taken to be in it already. All of them are verified before the first is unpacked.
 * @param options.layout the layout's folder
 * @param options.rootfs absolute path of the root filesystem
 * @throws UsageError where one of them is no folder; Error with a sentence where the layout or a layer is damaged
 *   (nothing was changed then), where a layer is missing above one that is there, or where one cannot be unpacked
 */
export async function restoreLayers(options: {
  layout: string;
  rootfs: string;
  logger?: Logger;
  onEvent?: OnEvent;
  signal?: AbortSignal;
}): Promise<void> {
  const { rootfs, logger = silentLogger, onEvent, signal } = options;
  checkFolder('layout', options.layout);
  checkFolder('root filesystem', rootfs);
  const started = performance.now();
  const layout = openLayout({ directory: options.layout });
  const first = layout.layers.findIndex(({ file }) => file !== undefined);
  const toRestore = first < 0 ? [] : layout.layers.slice(first);
  const layers = toRestore.map(({ file, descriptor, diffID }) => {
    if (file === undefined)
      throw new Error(
        `The layout ${options.layout} lacks the layer ${descriptor.digest} but has one below it.`,
      );
    return { file, digest: descriptor.digest as Digest, diffID };
  });
  for (const layer of layers) await verifyLayer(layer, signal);
  for (const layer of layers) {
    logger.info(`Restoring ${layer.digest} onto ${rootfs}.`);
    await unpackLayer({ layer, rootfs, logger, signal });
  }
  onEvent?.({ type: 'phase-finished', phase: 'restore', milliseconds: performance.now() - started });
}
