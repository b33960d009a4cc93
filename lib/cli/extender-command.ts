// What `extender` does with its inputs: one kind of extension, its report, and for kind build the builder.
import { extendBuildImage } from '../extend/extend-build-image.js';
import { extendRunImage } from '../extend/extend-run-image.js';
import type { ExtenderInputs } from '../extend/inputs.js';
import { LifecycleError } from '../extend/lifecycle-error.js';
import { startBuilder, warnOfBuilder } from '../extend/start-builder.js';
import { hardenProcess } from '../rootfs/harden-process.js';
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
  const { kind } = inputs;
  const { logger } = output;
  const startsBuilder = kind === 'build' && inputs.output === undefined;
  if (startsBuilder) warnOfBuilder({ inputs, logger });
  const report = openReport(inputs.report, output.onEvent);
  const started = performance.now();
  const options = { ...inputs, logger, onEvent: report.onEvent, signal };
  const extended = kind === 'run' ? await extendRunImage(options) : await extendBuildImage(options);
  const { digest, layers } = extended;
  report.write({
    milliseconds: performance.now() - started,
    layers,
    ...(digest && { manifestDigest: digest }),
  });
  if (!startsBuilder) return exitCodes.done;
  output.end();
  return startBuilder({ inputs, extended, env: process.env });
}
