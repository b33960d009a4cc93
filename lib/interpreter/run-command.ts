// What RUN executes: its shell line, exec form or here-documents as the arguments of one process.
// As BuildKit's dispatchRun does it.
import type { Heredoc, RunInstruction } from '../dockerfile/instruction.js';

const defaultShell = ['/bin/sh', '-c'];
/** Where the script of `RUN <<EOF` with a `#!` line lies while it runs. */
const scriptFolder = '/dev/pipes';

/** The arguments of the process, and the script it needs, if any, as a file of that path. */
export interface RunCommand {
  argv: string[];
  script?: { path: string; content: string };
}

/** @param shell the config's SHELL. */
export function runCommand(
  { command, heredocs, heredocAlone }: Pick<RunInstruction, 'command' | 'heredocs' | 'heredocAlone'>,
  shell: readonly string[] | null | undefined,
): RunCommand {
  if (command.form === 'exec') return { argv: command.argv };
  const prefix = shell?.length ? shell : defaultShell;
  const [first] = heredocs;
  if (first === undefined) return { argv: [...prefix, command.line] };
  if (!heredocAlone) return { argv: [...prefix, withHeredocs(command.line, heredocs)] };
  if (!first.content.startsWith('#!')) return { argv: [...prefix, first.content] };
  const path = `${scriptFolder}/${first.name}`;
  return { argv: [...prefix, path], script: { path, content: first.content } };
}

/** The line and its documents the way a shell reads them. */
function withHeredocs(line: string, heredocs: readonly Heredoc[]): string {
  return [line, ...heredocs.map(({ source }) => source)].join('\n');
}
