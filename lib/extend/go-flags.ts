// Arguments as Go's flag package reads them, which is what callers of the lifecycle write:
// `-name value`, `-name=value`, one dash or two; a boolean takes a value only after `=`.
// https://pkg.go.dev/flag#hdr-Command_line_flag_syntax
import { LifecycleError } from './lifecycle-error.js';

/**
 * The flags of a command line, the last of each name winning.
 * @param kinds whether a flag of this name takes a value (`value`), stands alone (`boolean`) or is unknown.
 * @throws LifecycleError (`badArguments`) for an unknown flag, a missing value, or a word that is no flag.
 */
export function parseFlags(
  argv: readonly string[],
  kinds: (name: string) => 'value' | 'boolean' | undefined,
): Map<string, string> {
  const flags = new Map<string, string>();
  for (let at = 0; at < argv.length; at++) {
    const word = argv[at]!;
    const match = /^--?([^-=][^=]*)(?:=(.*))?$/s.exec(word);
    if (word === '--' && at === argv.length - 1) break;
    if (!match)
      throw new LifecycleError(
        'badArguments',
        `Unexpected argument '${word}': the extender takes flags only.`,
      );
    const [, name, attached] = match as unknown as [string, string, string | undefined];
    const kind = kinds(name);
    if (!kind)
      throw new LifecycleError(
        'badArguments',
        `Unknown flag -${name}: 'extender -help' lists those it takes.`,
      );
    if (attached !== undefined) flags.set(name, attached);
    else if (kind === 'boolean') flags.set(name, 'true');
    else if (at + 1 < argv.length) flags.set(name, argv[++at]!);
    else throw new LifecycleError('badArguments', `Flag -${name} needs a value.`);
  }
  return flags;
}
