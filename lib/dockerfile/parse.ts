// Text to instructions: the way in.
import { checkWords } from './evaluate.js';
import { WordRefusal } from './expand.js';
import type { Dockerfile, Position } from './instruction.js';
import { type LogicalLine, positionAt, splitLines } from './lines.js';
import { locate } from './locate.js';
import { DockerfileError, type Problem } from './problem.js';
import { isKeyword, rangeOf, readInstruction } from './read-instruction.js';
import { Refusal } from './refusal.js';

/** A file with more is no Dockerfile, and no one reads on. */
const MOST_PROBLEMS = 100;

/**
 * Parses a Dockerfile of one stage. Words stay raw; `evaluateInstruction` makes them final.
 *
 * @param text the whole file; a byte order mark is dropped
 * @param name what errors call the file, usually its path
 * @throws DockerfileError with every problem of the file, up to about a hundred
 */
export function parseDockerfile({ text: written, name }: { text: string; name: string }): Dockerfile {
  const text = written.replace(/^\uFEFF/, '');
  const { escapeCharacter, lines, problems } = splitLines(text);
  const read: Head[] = [];
  const dockerfile: Dockerfile = { name, text, escape: escapeCharacter, instructions: [] };
  for (const line of lines) {
    read.push({ keyword: line.command.keyword, position: line.range.start });
    try {
      const instruction = readInstruction(line, escapeCharacter);
      checkWords(instruction, escapeCharacter);
      dockerfile.instructions.push(instruction);
    } catch (error) {
      problems.push(problemOf(text, line, error));
      if (problems.length >= MOST_PROBLEMS) break;
    }
  }
  problems.push(...stageProblems(read).slice(0, MOST_PROBLEMS));
  if (read.length === 0 && problems.length === 0) {
    problems.push({ position: { line: 1, column: 1 }, message: 'the Dockerfile has no instructions' });
  }
  problems.sort((a, b) => a.position.line - b.position.line || a.position.column - b.position.column);
  if (problems.length > 0) throw new DockerfileError(name, text, binaryProblem(text, problems) ?? problems);
  return dockerfile;
}

/** What to say instead of the problems of a file that is no text. In one that is, a NUL may well stand in a heredoc. */
function binaryProblem(text: string, problems: readonly Problem[]): Problem[] | undefined {
  const lines = text.split('\n');
  const binary = problems.find(({ position }) => lines[position.line - 1]?.includes('\0'));
  if (binary === undefined) return undefined;
  const { line } = binary.position;
  const message =
    'a NUL character: a Dockerfile is UTF-8 text, and this is a binary file or UTF-16, ' +
    'which is what > writes in Windows PowerShell; save it as UTF-8';
  return [{ position: { line, column: lines[line - 1]!.indexOf('\0') + 1 }, message }];
}

function problemOf(text: string, line: LogicalLine, error: unknown): Problem {
  if (!(error instanceof Refusal)) throw error;
  const { message, offset } = error;
  if (!(error instanceof WordRefusal)) return { position: positionAt(line, offset ?? 0), message };
  const { word } = error;
  const found = line.text.indexOf(word);
  if (found >= 0) return { position: positionAt(line, found + (offset ?? 0)), message };
  // It stands in a heredoc, or came out of a JSON string.
  return {
    position: locate({ dockerfile: { text }, instruction: { range: rangeOf(line) }, word, offset }),
    message,
  };
}

/** What of a line tells which stage it is in. */
interface Head {
  keyword: string;
  position: Position;
}

/** An extension's Dockerfile is one stage: ARGs, a FROM, then the rest. */
function stageProblems(lines: readonly Head[]): Problem[] {
  const instructions = lines.filter(({ keyword }) => isKeyword(keyword));
  const [from, ...others] = instructions.filter(({ keyword }) => keyword === 'FROM');
  const problem = ({ position }: Head, message: string): Problem => ({ position, message, rule: 'one-from' });
  const problems = others.map((other) =>
    problem(other, 'a second FROM: the Dockerfile of an image extension has one stage'),
  );
  const preamble = `begin with ARG base_image and FROM \${base_image}`;
  const first = instructions.find(({ keyword }) => keyword !== 'ARG');
  if (first && first !== from) {
    problems.push(problem(first, `${first.keyword} stands before FROM; ${preamble}`));
  } else if (!first && instructions[0]) {
    problems.push(problem(instructions[0], `there is no FROM; ${preamble}`));
  }
  return problems;
}
