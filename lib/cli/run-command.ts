// Runs one command: output, signals, errors and exit code are the same for all of them.
import { describeError } from '../report/system-error.js';
import { exitCodeOf, exitCodes } from './exit-codes.js';
import { type LogFormat, type LogLevel, type Output, type OutputOptions, openOutput } from './output.js';

export interface CommonOptions {
  logLevel: LogLevel;
  logFormat: LogFormat;
  color: boolean;
}

export interface CommandContext {
  output: Output;
  /** Aborts at SIGINT, SIGTERM and SIGHUP. */
  signal: AbortSignal;
}

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Resolves with the exit code; what the command threw has been said by then. */
export async function runCommand(
  options: CommonOptions,
  work: (context: CommandContext) => Promise<number>,
  open: (options: Omit<OutputOptions, 'stream'>) => Output = openErrorOutput,
): Promise<number> {
  outliveReaders();
  const { logLevel: level, logFormat: format, color: colour } = options;
  const output = open({ level, format, colour });
  const controller = new AbortController();
  const interrupt = (signal: NodeJS.Signals) =>
    controller.abort(new Error(`Interrupted by ${signal}; what was begun was cleaned up.`));
  for (const signal of signals) process.on(signal, interrupt);
  try {
    return await work({ output, signal: controller.signal });
  } catch (error) {
    output.end();
    output.logger.error(controller.signal.aborted ? controller.signal.reason.message : describeError(error));
    return controller.signal.aborted ? exitCodes.failed : exitCodeOf(error);
  } finally {
    output.end();
    for (const signal of signals) process.off(signal, interrupt);
  }
}

/** Who reads along may leave, as `| head` does: work that is half done, mounts and processes included, is not left with it. */
function outliveReaders(): void {
  for (const stream of [process.stdout, process.stderr])
    if (!stream.listeners('error').includes(ignore)) stream.on('error', ignore);
}

function ignore(): void {}

function openErrorOutput(options: Omit<OutputOptions, 'stream'>): Output {
  return openOutput({ ...options, stream: process.stderr });
}
