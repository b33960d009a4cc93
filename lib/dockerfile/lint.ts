// Holds a Dockerfile to the rules for image extensions, beyond what the language itself asks; docs/lint.md.
// https://github.com/buildpacks/spec/blob/main/image_extension.md#dockerfile-requirements
import type { Dockerfile, Position } from './instruction.js';
import { type DockerfileKind, type LintLevel, RULES } from './lint-rules.js';
import { parseDockerfile } from './parse.js';
import { DockerfileError, describeProblem } from './problem.js';

export interface LintFinding {
  rule: string;
  level: LintLevel;
  position: Position;
  /** What is wrong here, and what to write instead. */
  message: string;
  /** Why there is the rule. */
  explanation: string;
}

export type LintOptions = { kind: DockerfileKind } & (
  | { dockerfile: Dockerfile }
  | { text: string; name: string }
);

/** What a language problem is explained with that breaks no rule of extensions is found under. */
const SYNTAX = 'a Dockerfile that cannot be read cannot be applied';
const ONE_FROM = 'the Dockerfile of an extension is one stage upon one base image';

/**
 * Everything that is to be said against a Dockerfile, in the order of the file. One that cannot be parsed is
 * judged on that alone.
 */
export function lintDockerfile(options: LintOptions): LintFinding[] {
  const { kind } = options;
  let dockerfile: Dockerfile;
  try {
    dockerfile = 'dockerfile' in options ? options.dockerfile : parseDockerfile(options);
  } catch (error) {
    if (!(error instanceof DockerfileError)) throw error;
    return error.problems.map(({ position, message, rule = 'syntax' }) => ({
      rule,
      level: 'error',
      position,
      message,
      explanation: rule === 'one-from' ? ONE_FROM : SYNTAX,
    }));
  }
  return RULES.filter(({ kinds }) => kinds.includes(kind))
    .flatMap(({ name: rule, level, explanation, check }) =>
      check(dockerfile).map(({ position, message }) => ({
        rule,
        level: typeof level === 'string' ? level : level[kind],
        position,
        message,
        explanation,
      })),
    )
    .sort((a, b) => a.position.line - b.position.line || a.position.column - b.position.column);
}

/** The findings for people: of each its place, the line, a caret, and the reason for the rule. */
export function formatFindings({
  findings,
  name,
  text,
}: {
  findings: readonly LintFinding[];
  /** What the file is called. */
  name: string;
  /** The file itself, for showing its lines. */
  text: string;
}): string {
  return findings
    .map(({ rule, level, position, message, explanation }) => {
      const shown = describeProblem(name, text, { position, message: `${level}: ${message} [${rule}]` });
      return `${shown}\n  because ${explanation}`;
    })
    .join('\n');
}
