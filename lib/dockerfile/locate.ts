// Finds the place of a word in the file again, once only the instruction is at hand.
import type { Dockerfile, Instruction, Position } from './instruction.js';

interface LocateOptions {
  dockerfile: Pick<Dockerfile, 'text'>;
  instruction: Pick<Instruction, 'range'>;
  /** A stretch of the instruction or of its heredocs, as written. */
  word: string;
  /** How far into the word, in code units. */
  offset?: number | undefined;
}

/** The first place of the word in the instruction; the instruction's start where line ends divide the word. */
export function locate({ dockerfile, instruction, word, offset = 0 }: LocateOptions): Position {
  const { start, end } = instruction.range;
  const region = dockerfile.text
    .split('\n', end.line)
    .slice(start.line - 1)
    .join('\n');
  const found = region.indexOf(word, start.column - 1);
  if (found < 0) return start;
  const before = region.slice(0, found + offset).split('\n');
  return { line: start.line + before.length - 1, column: before.at(-1)!.length + 1 };
}
