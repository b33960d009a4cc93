// How a RUN failed, as a sentence.
import type { RunInstruction } from '../dockerfile/instruction.js';
import type { Exit } from './launcher.js';

/** For a command that ended, but not well. */
export function describeExit(argv: string[], { exitCode, signal }: Exit): string {
  const how =
    signal === null
      ? `ended with exit code ${exitCode}${meanings[exitCode ?? 0] ?? ''}`
      : `was ended by the signal ${signal}`;
  const memory = signal === 'SIGKILL' ? ', which may be for lack of memory' : '';
  return `The command ${quote(argv)} ${how}${memory}; see what it wrote above.`;
}

/** For a command that could not be started; other errors stay what they are. */
export function describeLaunchError(
  argv: string[],
  { command }: Pick<RunInstruction, 'command'>,
  error: Error & { code?: unknown },
): Error {
  const program = argv[0]!;
  if (error.code === 'ENOENT' && command.form === 'shell') {
    return new Error(
      `This image has no ${program}: use the exec form, RUN ["program", "argument"], ` +
        'or name the shell that it has with SHELL.',
    );
  }
  if (error.code === 'ENOENT') {
    return new Error(
      `The command ${quote(argv)} cannot be started: there is no ${program} in the image` +
        (program.includes('/') ? '' : ', in no directory of its PATH') +
        ', or the interpreter or loader that it names is missing.',
    );
  }
  if (error.code === 'EACCES') {
    return new Error(
      `The command ${quote(argv)} cannot be started: its user may not execute ${program}, ` +
        'or may not enter the working directory.',
    );
  }
  if (error.code === 'E2BIG') {
    return new Error(
      `The command ${quote(argv)} cannot be started: Linux takes at most 131071 bytes in one argument or ` +
        'variable, and some 2 MB in all of them. COPY a longer script into the image and run it from there, or keep ' +
        'large values in files.',
    );
  }
  if (error.code === 'ELOOP') {
    return new Error(
      `The command ${quote(argv)} cannot be started: the interpreters that ${program} and its interpreter name ` +
        'go round in a circle.',
    );
  }
  if (error.code === 'EPERM' && !('path' in error)) {
    return new Error(
      `The command ${quote(argv)} cannot be started (${error.message}). That takes the capabilities CAP_SETUID and ` +
        'CAP_SETGID, and CAP_SYS_CHROOT where the root filesystem is not /: a container has them unless they ' +
        'are dropped.',
    );
  }
  return error;
}

const meanings: Record<number, string> = {
  126: ', by which shells mean: found, but not executable',
  127: ', by which shells mean: a program that was not found',
  137: ', by which shells mean: ended by SIGKILL, which may be for lack of memory',
};

/** A command for people: one line, not too long; of a script with several lines the first. */
function quote(argv: string[]): string {
  const line = argv.map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : quoteWord(word))).join(' ');
  return line.length > 200 ? `${line.slice(0, 199)}…` : line;
}

function quoteWord(word: string): string {
  const [first, ...rest] = word.split('\n');
  return JSON.stringify(rest.length > 0 ? `${first} …` : first);
}
