// What the commands exit with. https://github.com/buildpacks/spec/blob/main/platform.md#extender
import { DockerfileError } from '../dockerfile/problem.js';
import { LifecycleError } from '../extend/lifecycle-error.js';
import { InstructionError } from '../interpreter/instruction-error.js';
import { UsageError } from '../report/usage-error.js';

export const exitCodes = { done: 0, failed: 1, badArguments: 3, extensionFailed: 102 } as const;

/** The code for what a command threw. */
export function exitCodeOf(error: unknown): number {
  if (error instanceof LifecycleError) return error.exitCode;
  if (error instanceof UsageError) return exitCodes.badArguments;
  if (error instanceof DockerfileError || error instanceof InstructionError) return exitCodes.extensionFailed;
  return exitCodes.failed;
}
