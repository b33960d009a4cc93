// The command `extender`, a drop-in for the reference lifecycle's. Its arguments are Go's, which the flag table
// of `extend/inputs` reads; what does the work is loaded once they are right.
import { describeInputs, type ExtenderInputs, resolveInputs } from '../extend/inputs.js';
import { messageOf } from '../extend/lifecycle-error.js';
import { exitCodeOf } from './exit-codes.js';
import { openPlatformOutput } from './output.js';
import { type CommandContext, runCommand } from './run-command.js';
import { version } from './version.js';

const argv = process.argv.slice(2);
const asked = (flags: RegExp) => argv.some((word) => flags.test(word));

if (asked(/^--?(h|help)$/)) process.stdout.write(describeInputs());
else if (asked(/^--?version$/)) process.stdout.write(`${version}\n`);
else
  void run().then((exitCode) => {
    process.exitCode = exitCode;
  });

async function run(): Promise<number> {
  let inputs: ExtenderInputs;
  try {
    inputs = resolveInputs({ argv, env: process.env });
  } catch (error) {
    process.stderr.write(`error: ${messageOf(error)}\n`);
    return exitCodeOf(error);
  }
  const { logLevel, noColor } = inputs;
  const work = async (context: CommandContext) => {
    const { extenderCommand } = await import('./extender-command.js');
    return extenderCommand(inputs, context);
  };
  return runCommand({ logLevel, logFormat: 'text', color: !noColor }, work, openPlatformOutput);
}
