// Applies a layer to a root filesystem: verified first, then unpacked.
import { type Logger, silentLogger } from '../report/logger.js';
import { unpackLayer } from './unpack-layer.js';
import { type LayerFile, verifyLayer } from './verify-layer.js';

/**
 * Makes a root filesystem what it is with the layer on top. Not a byte of it is written before the whole
 * layer has been verified.
 * @throws Error with a sentence where the layer is refused (nothing was changed then) or cannot be unpacked
 */
export async function applyLayer(options: {
  layer: LayerFile;
  /** Absolute path of the root filesystem. */
  rootfs: string;
  logger?: Logger;
  signal?: AbortSignal;
}): Promise<void> {
  const { layer, rootfs, logger = silentLogger, signal } = options;
  await verifyLayer(layer, signal);
  await unpackLayer({ layer, rootfs, logger, signal });
}
