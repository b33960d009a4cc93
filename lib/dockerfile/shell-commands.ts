// A rough reading of what a RUN does, for lint: the simple commands of a shell script with their words and
// the files that they redirect to. No expansion, no control flow; a guess good enough for a warning.
import type { RunInstruction } from './instruction.js';

export interface ShellCommand {
  /** The words, quotes removed; assignments, `sudo`, `then` and the like before the command left out. */
  words: string[];
  /** What `>` and `>>` write to. */
  redirects: string[];
}

const PREFIXES = new Set([
  'sudo',
  'exec',
  'env',
  'command',
  'time',
  'if',
  'then',
  'else',
  'elif',
  'while',
  'until',
  'do',
  '!',
  '{',
]);

/** The commands of a RUN, its heredocs included; of `["sh", "-c", "…"]` the commands of the script. */
export function commandsOfRun({ command, heredocs }: RunInstruction): ShellCommand[] {
  if (command.form === 'exec') {
    const [program = '', option = '', script] = command.argv;
    const runsScript =
      /(^|\/)(ba|da|z|k)?sh$/.test(program) && /^-\w*c$/.test(option) && script !== undefined;
    return runsScript ? splitCommands(script) : [{ words: command.argv, redirects: [] }];
  }
  return splitCommands([command.line, ...heredocs.map(({ content }) => content)].join('\n'));
}

/** The simple commands of a script, in order. */
export function splitCommands(script: string): ShellCommand[] {
  const commands: ShellCommand[] = [];
  let current: ShellCommand = { words: [], redirects: [] };
  let redirected = false;
  for (const [token] of script.matchAll(
    /(?:\\[\s\S]|'[^']*'|"(?:\\[\s\S]|[^"\\])*"|[^\s;&|()<>`'"\\])+|\d*&?>[>|]?&?|[\n;&|()`]|<+-?/g,
  )) {
    if (/^[\n;&|()`]$/.test(token)) {
      commands.push(current);
      current = { words: [], redirects: [] };
      redirected = false;
    } else if (token.includes('>') && /^\d*&?>/.test(token)) {
      redirected = true;
    } else if (redirected) {
      current.redirects.push(unquote(token));
      redirected = false;
    } else {
      const word = unquote(token);
      const isPrefix = PREFIXES.has(word) || /^\w+=/.test(word);
      if (current.words.length > 0 || !isPrefix) current.words.push(word);
    }
  }
  commands.push(current);
  return commands.filter(({ words, redirects }) => words.length > 0 || redirects.length > 0);
}

function unquote(token: string): string {
  return token.replace(
    /'([^']*)'|"((?:\\[\s\S]|[^"\\])*)"|\\([\s\S])/g,
    (_, single, double, escaped) => single ?? double ?? escaped,
  );
}

/** Commands all of whose arguments they change. */
const CHANGE_ALL = new Set([
  'mkdir',
  'touch',
  'rm',
  'rmdir',
  'chmod',
  'chown',
  'chgrp',
  'tee',
  'truncate',
  'unlink',
  'setcap',
]);
/** Commands that write to their last argument. */
const WRITE_LAST = new Set(['cp', 'mv', 'install', 'ln', 'rsync', 'git']);
/** Options behind which a command names what it writes to. */
const WRITE_OPTIONS: Record<string, string[]> = {
  tar: ['-C', '--directory'],
  unzip: ['-d'],
  curl: ['-o', '--output'],
  wget: ['-O', '--output-document', '-P'],
  dd: ['of'],
  cp: ['-t'],
  mv: ['-t'],
};

/** The paths that a command seems to write to or remove. */
export function pathsWritten({ words, redirects }: ShellCommand): string[] {
  const [program = '', ...args] = words;
  const name = program.slice(program.lastIndexOf('/') + 1);
  const paths = args.filter((arg) => !arg.startsWith('-'));
  const written = [...redirects];
  if (CHANGE_ALL.has(name) || (name === 'sed' && args.some((arg) => /^(-\w*i|--in-place)/.test(arg)))) {
    written.push(...paths);
  } else if (name === 'mv') written.push(...paths);
  else if (WRITE_LAST.has(name) && paths.length > 1) written.push(paths.at(-1)!);
  for (const option of WRITE_OPTIONS[name] ?? []) {
    for (const [index, arg] of args.entries()) {
      if (arg === option) written.push(args[index + 1] ?? '');
      else if (arg.startsWith(`${option}=`)) written.push(arg.slice(option.length + 1));
    }
  }
  return written;
}
