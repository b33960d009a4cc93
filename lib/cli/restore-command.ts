// `dockerfile-extender restore`.
import { restoreLayers } from '../layout/restore-layers.js';
import { exitCodes } from './exit-codes.js';
import type { CommandContext } from './run-command.js';

export async function restoreCommand(
  { layers, rootfs }: { layers: string; rootfs: string },
  { output, signal }: CommandContext,
): Promise<number> {
  await restoreLayers({ layout: layers, rootfs, logger: output.logger, onEvent: output.onEvent, signal });
  return exitCodes.done;
}
