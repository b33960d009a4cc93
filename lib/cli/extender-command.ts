// What `extender` does with its inputs: one kind of extension, its report, and for kind build the builder.
import { type ExtendedBuildImage, extendBuildImage } from '../extend/extend-build-image.js';
import { extendRunImage } from '../extend/extend-run-image.js';
import type { ExtenderInputs } from '../extend/inputs.js';
import { LifecycleError } from '../extend/lifecycle-error.js';
import { startBuilder, warnOfBuilder } from '../extend/start-builder.js';
import { hardenProcess } from '../rootfs/harden-process.js';
import { startScanThreads } from '../snapshot/scan-threads.js';
import { exitCodes } from './exit-codes.js';
import { openReport } from './report.js';
import type { CommandContext } from './run-command.js';

/** @returns the exit code, unless the builder takes over. */
export async function extenderCommand(
  inputs: ExtenderInputs,
  { output, signal }: CommandContext,
): Promise<number> {
  if (process.geteuid?.() !== 0) {
    throw new LifecycleError(
      'failed',
      'The extender changes the root filesystem it runs in: start it as root.',
    );
  }
  hardenProcess();
  // Not sooner: while the environment is rewritten, no other thread may look into it.
  startScanThreads();
  const { logger } = output;
  const report = openReport(inputs.report, output.onEvent);
  const options = { ...inputs, logger, onEvent: report.onEvent, signal };
  const started = performance.now();
  const reportOn = ({ layers, digest }: Pick<ExtendedBuildImage, 'layers' | 'digest'>) => {
    const milliseconds = performance.now() - started;
    report.write({ milliseconds, layers, ...(digest && { manifestDigest: digest }) });
  };
  if (inputs.kind === 'run') {
    reportOn(await extendRunImage(options));
    return exitCodes.done;
  }
  const startsBuilder = inputs.output === undefined;
  if (startsBuilder) warnOfBuilder({ inputs, logger });
  const extended = await extendBuildImage(options);
  reportOn(extended);
  if (!startsBuilder) return exitCodes.done;
  output.end();
  return startBuilder({ inputs, extended, env: process.env });
}
