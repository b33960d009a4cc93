// The command `dockerfile-extender`: its arguments, and what each subcommand is handed. Commands load what they
// need when they run, so that `--version` and mistakes answer at once.
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { parseBytes } from '../cache/bytes.js';
import { parseGoDuration } from '../dockerfile/duration.js';
import type { CommonOptions } from './run-command.js';
import { version } from './version.js';

const collect = (value: string, earlier: string[] | undefined) => [...(earlier ?? []), value];
const absolute = (value: string) => {
  if (!value.startsWith('/')) throw new InvalidArgumentError('It must start with a slash.');
  return value;
};
const duration = (value: string) => {
  const nanoseconds = parseGoDuration(value);
  if (nanoseconds === undefined || nanoseconds < 0)
    throw new InvalidArgumentError('It must be a duration such as 336h or 90m.');
  return nanoseconds / 1e6;
};
const bytes = (value: string) => {
  const size = parseBytes(value);
  if (size === undefined) throw new InvalidArgumentError('It must be a size such as 500MB or 10GiB.');
  return size;
};

const neededOptions = new Set<Option>();

const program = new Command('dockerfile-extender')
  .description(
    'Applies the Dockerfiles of CNB image extensions to a root filesystem and writes what changed as OCI layers.',
  )
  .version(version)
  .exitOverride()
  .showHelpAfterError('(see --help)');

command('apply', 'apply a Dockerfile to a root filesystem and write its layers as an OCI image layout')
  .argument('<Dockerfile>')
  .option('--rootfs <dir>', 'the root filesystem to change', '/')
  .option('--context <dir>', "the build context (default: the Dockerfile's folder)")
  .addOption(needed('--output <dir>', 'OCI image layout to write: config, manifest and the new layers only'))
  .option('--base-image <layout>', 'OCI layout of the image that the rootfs came from; layers may be absent')
  .option('--build-arg <K=V>', 'build arg; K alone takes its value from the environment', collect)
  .option('--build-context <NAME=DIR>', 'folder that COPY --from=NAME takes files from', collect)
  .option('--secret <id=ID[,src=FILE|,env=VAR]>', 'secret for RUN --mount=type=secret', collect)
  .option('--ssh <default[=SOCKET]>', 'SSH agent for RUN --mount=type=ssh (default: $SSH_AUTH_SOCK)')
  .option(
    '--ignore <path>',
    'path of the rootfs to leave out of layers; repeatable',
    (value, earlier: string[] | undefined) => collect(absolute(value), earlier),
  )
  .addOption(
    new Option('--layering <per>', 'one layer per')
      .choices(['extension', 'instruction'])
      .default('extension'),
  )
  .addOption(
    new Option('--compression <kind>', 'of the layers').choices(['gzip', 'zstd', 'none']).default('gzip'),
  )
  .option('--cache-dir <dir>', 'reuse and keep layers here')
  .option('--cache-repo <host/name>', 'reuse and keep layers in this repository of a registry')
  .addOption(timeToLive())
  .addOption(maxSize())
  .option('--report <file>', 'write a JSON report: time, files and bytes per instruction and phase')
  .action(async (dockerfile, options) => {
    const { asRoot } = await import('./as-root.js');
    await run(options, (context) =>
      asRoot(async () => {
        // They come up on another core while this one loads the rest.
        const { startScanThreads } = await import('../snapshot/scan-threads.js');
        startScanThreads();
        const { applyCommand } = await import('./apply-command.js');
        return applyCommand(dockerfile, options, context);
      }),
    );
  });

command('restore', "apply an OCI image layout's layers to a root filesystem, verifying digests first")
  .addOption(needed('--layers <layout>', 'the layout'))
  .addOption(needed('--rootfs <dir>', 'the root filesystem'))
  .action(async (options) => {
    const { asRoot } = await import('./as-root.js');
    const { restoreCommand } = await import('./restore-command.js');
    await run(options, (context) => asRoot(() => restoreCommand(options, context)));
  });

command('lint', 'check a Dockerfile against the rules for image extensions')
  .argument('<Dockerfile>')
  .addOption(needed('--kind <kind>', 'what it is meant to extend').choices(['build', 'run']))
  .addOption(new Option('--format <format>').choices(['text', 'json']).default('text'))
  .action(async (dockerfile, options) => {
    const { lintCommand } = await import('./lint-command.js');
    await run(options, () => lintCommand(dockerfile, options));
  });

command('parse', 'print the instruction objects of a Dockerfile as JSON')
  .argument('<Dockerfile>')
  .action(async (dockerfile, options) => {
    const { parseCommand } = await import('./parse-command.js');
    await run(options, () => parseCommand(dockerfile));
  });

command('inspect', 'show the layers of an OCI image layout as a tree of what was added, changed and removed')
  .argument('<layout>')
  .addOption(new Option('--format <format>').choices(['text', 'json']).default('text'))
  .option('--largest', 'order by size')
  .action(async (layout, options) => {
    const { inspectCommand } = await import('./inspect-command.js');
    await run(options, (context) => inspectCommand(layout, options, context));
  });

const cache = program.command('cache').description('look after a folder of cached layers');

command('ls', 'list the layers, the one used last first', cache)
  .addOption(needed('--cache-dir <dir>', 'the folder'))
  .addOption(new Option('--format <format>').choices(['text', 'json']).default('text'))
  .action(async (options) => {
    const { cacheListCommand } = await import('./cache-command.js');
    await run(options, () => cacheListCommand(options));
  });

command('prune', 'remove the layers that are too old, or too many', cache)
  .addOption(needed('--cache-dir <dir>', 'the folder'))
  .addOption(timeToLive())
  .addOption(maxSize())
  .action(async (options) => {
    const { cachePruneCommand } = await import('./cache-command.js');
    await run(options, () => cachePruneCommand(options));
  });

command('verify', 'read all layers and remove those that are damaged; exits with 1 if any was', cache)
  .addOption(needed('--cache-dir <dir>', 'the folder'))
  .action(async (options) => {
    const { cacheVerifyCommand } = await import('./cache-command.js');
    await run(options, (context) => cacheVerifyCommand(options, context));
  });

/** An option that must be given. Not as commander has it, which complains of that before it notices a typo in it. */
function needed(flags: string, description: string): Option {
  const option = new Option(flags, description);
  neededOptions.add(option);
  return option;
}

function requireNeeded(command: Command): void {
  const missing = command.options.find(
    (option) => neededOptions.has(option) && command.getOptionValue(option.attributeName()) === undefined,
  );
  if (missing !== undefined) command.error(`error: required option '${missing.flags}' not specified`);
}

function timeToLive(): Option {
  const option = new Option('--cache-ttl <duration>', 'how long a layer may be reused after it was made');
  return option.argParser(duration).default(duration('336h'), '336h');
}

function maxSize(): Option {
  const what = 'of the layers in the folder, such as 10GB; those used longest ago go';
  return new Option('--cache-max-size <size>', what).argParser(bytes);
}

/** A subcommand with the options that all of them share. */
function command(name: string, description: string, parent = program): Command {
  return parent
    .command(name)
    .description(description)
    .exitOverride()
    .showHelpAfterError('(see --help)')
    .hook('preAction', (_, command) => requireNeeded(command))
    .addOption(new Option('--log-level <level>').choices(['debug', 'info', 'warn', 'error']).default('info'))
    .addOption(new Option('--log-format <format>').choices(['text', 'json']).default('text'))
    .option('--no-color', 'no colour');
}

async function run(
  options: CommonOptions,
  work: (context: import('./run-command.js').CommandContext) => Promise<number>,
): Promise<void> {
  const { runCommand } = await import('./run-command.js');
  process.exitCode = await runCommand(options, work);
}

program.parseAsync().catch((error) => {
  if (!(error instanceof CommanderError)) throw error;
  process.exitCode = error.exitCode === 0 ? 0 : 3;
});
