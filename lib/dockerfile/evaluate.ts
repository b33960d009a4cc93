// Raw words to final ones, once the values of variables are known.
import { expandInstruction, WordRefusal } from './expand.js';
import type { Dockerfile, EscapeCharacter, Instruction, Position, RunInstruction } from './instruction.js';
import { locate } from './locate.js';
import { DockerfileError } from './problem.js';
import { Refusal } from './refusal.js';
import { parseRunMount } from './run-mount.js';
import { expandWord, type Lookup } from './words.js';

export interface EvaluateOptions<I extends Instruction> {
  instruction: I;
  /** Where the instruction stands, for errors. */
  dockerfile: Dockerfile;
  /** The values before the instruction's line: ENV and ARG, whichever was set last. */
  lookup: Lookup;
}

/**
 * The instruction with final words: variables expanded, quotes and escapes removed, where the instruction has
 * words that expand. Of EXPOSE, one word may become several. Nothing is looked up but variables.
 *
 * @throws DockerfileError with one problem, e.g. what `${v:?message}` says or a mount option that is none
 */
export function evaluateInstruction<I extends Instruction>({
  instruction,
  dockerfile,
  lookup,
}: EvaluateOptions<I>): I {
  try {
    const evaluated = expandInstruction(instruction, lookup, dockerfile.escape);
    checkFinalWords(evaluated);
    return evaluated;
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    const position = placeOf(dockerfile, instruction, error);
    throw new DockerfileError(dockerfile.name, dockerfile.text, [{ position, message: error.message }]);
  }
}

/**
 * Whatever can be said against the words of an instruction while the values of its variables are not known;
 * everything, where it has none.
 *
 * @throws Refusal
 */
export function checkWords(instruction: Instruction, escapeCharacter: EscapeCharacter): void {
  let variables = 0;
  const expanded = expandInstruction(instruction, () => String(++variables), escapeCharacter);
  if (instruction.keyword === 'COPY' && instruction.from) checkFrom(instruction.from, escapeCharacter);
  if (variables === 0) checkFinalWords(expanded);
  else if (instruction.keyword === 'RUN') {
    const known = instruction.mounts.flatMap((mount, index) =>
      mount.includes('$') ? [] : (expanded as RunInstruction).mounts[index]!,
    );
    for (const value of known) parseRunMount({ value });
  }
}

function checkFinalWords(instruction: Instruction): void {
  if (instruction.keyword === 'RUN') {
    for (const value of instruction.mounts) parseRunMount({ value });
  }
}

function checkFrom(from: string, escapeCharacter: EscapeCharacter): void {
  if (expandWord({ word: from, lookup: () => undefined, escape: escapeCharacter }) !== from) {
    throw new Refusal(
      `--from=${from}: no variables, quotes or escapes here; write the name of a build context`,
    );
  }
}

/** Where a refused word stands in the file. */
function placeOf(dockerfile: Dockerfile, instruction: Instruction, error: Refusal): Position {
  if (!(error instanceof WordRefusal)) return instruction.range.start;
  return locate({ dockerfile, instruction, word: error.word, offset: error.offset });
}
