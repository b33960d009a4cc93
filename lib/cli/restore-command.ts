// `dockerfile-extender restore`.
import { restoreLayers } from '../layout/restore-layers.js';
import { formatTime } from '../report/units.js';
import { exitCodes } from './exit-codes.js';
import type { CommandContext } from './run-command.js';

export async function restoreCommand(
  { layers, rootfs }: { layers: string; rootfs: string },
  { output, signal }: CommandContext,
): Promise<number> {
  const started = performance.now();
  await restoreLayers({ layout: layers, rootfs, logger: output.logger, onEvent: output.onEvent, signal });
  output.logger.info(`${layers} is restored onto ${rootfs}, in ${formatTime(performance.now() - started)}`);
  return exitCodes.done;
}
