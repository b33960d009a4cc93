// Finds the place of a word in the file again, once only the instruction is at hand.
import type { Dockerfile, Instruction, Position } from './instruction.js';

interface LocateOptions {
  dockerfile: Dockerfile;
  instruction: Instruction;
  /** A stretch of the instruction or of its heredocs, as written. */
  word: string;
  /** How far into the word, in code units. */
  offset?: number | undefined;
}

/** The first place of the word in the instruction; the instruction's start where line ends divide the word. */
export function locate({ dockerfile, instruction, word, offset = 0 }: LocateOptions): Position {
  const { start, end } = instruction.range;
  const lines = dockerfile.text.split('\n', end.line);
  const [firstLine = ''] = word.split('\n');
  for (let line = start.line; line <= end.line; line++) {
    const found = lines[line - 1]?.indexOf(firstLine, line === start.line ? start.column - 1 : 0) ?? -1;
    if (found < 0) continue;
    const before = word.slice(0, offset).split('\n');
    const column = before.length === 1 ? found + 1 + offset : before.at(-1)!.length + 1;
    return { line: line + before.length - 1, column };
  }
  return start;
}
