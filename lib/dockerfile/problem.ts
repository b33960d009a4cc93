// What is wrong with a Dockerfile, said so that a person can mend it: file, line, column, the line itself.
import type { Position } from './instruction.js';

/** One thing that is wrong at one place of a Dockerfile. */
export interface Problem {
  position: Position;
  /** What is wrong and what would be right, as a sentence without the place. */
  message: string;
  /** The rule for image extensions that it breaks, where it is not the language's own: see `lintDockerfile`. */
  rule?: 'one-from';
}

/** Thrown by the parser with every problem found, and by evaluation with one. */
export class DockerfileError extends Error {
  override readonly name = 'DockerfileError';
  constructor(
    /** What errors call the Dockerfile: usually its path. */
    readonly file: string,
    text: string,
    readonly problems: readonly Problem[],
  ) {
    const lines = text.split(/\r?\n/);
    super(problems.map((problem) => describe(file, lines, problem)).join('\n'));
  }
}

/**
 * A problem as three lines: `file:line:column: message`, the offending line, and a caret below the column.
 * Long lines are shown around the column.
 */
export function describeProblem(file: string, text: string, problem: Problem): string {
  return describe(file, text.split(/\r?\n/), problem);
}

function describe(file: string, lines: readonly string[], { position, message }: Problem): string {
  const { line, column } = position;
  const source = (lines[line - 1] ?? '').replaceAll('\t', ' ');
  const start = column > 100 ? column - 60 : 0;
  const shown = source.slice(start, start + 120);
  const gutter = `${line} | `;
  return [
    `${file}:${line}:${column}: ${message}`,
    `  ${gutter}${shown}`,
    `  ${' '.repeat(gutter.length + column - 1 - start)}^`,
  ].join('\n');
}
