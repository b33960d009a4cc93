// The failure of one instruction, placed: which file, which line, what it was, why, as law 9 asks.
import type { Dockerfile, Instruction } from '../dockerfile/instruction.js';
import { describeError } from '../report/system-error.js';

/** Thrown when an instruction that is well written could not be carried out. */
export class InstructionError extends Error {
  override readonly name = 'InstructionError';
  constructor(
    readonly dockerfile: Pick<Dockerfile, 'name'>,
    readonly instruction: Instruction,
    cause: unknown,
  ) {
    super(
      `${dockerfile.name}:${instruction.range.start.line}: ${summaryOf(instruction)}\n  ${reasonOf(cause)}`,
      { cause },
    );
  }
}

/** An instruction in one line of at most 120 characters. */
export function summaryOf(instruction: Instruction): string {
  const line = instruction.source.replace(/[\\`]?\s*\r?\n\s*/g, ' ').trim();
  return line.length > 120 ? `${line.slice(0, 119)}…` : line;
}

function reasonOf(cause: unknown): string {
  return describeError(cause).replaceAll('\n', '\n  ');
}
