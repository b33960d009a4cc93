// The first pass over a Dockerfile: physical lines become logical ones, one for each instruction.
//
// Parser directives are read, comments and blank lines dropped, continuation lines joined, and the bodies of
// heredocs set aside. dockerfile-ast goes its own way in each of these, so what makes an instruction is
// decided here, after BuildKit's `parser.Parse`; see docs/dockerfile.md.
import { type CommandLine, splitCommand } from './command-line.js';
import { findHeredocs } from './heredoc.js';
import type { EscapeCharacter, Heredoc, Position, SourceRange } from './instruction.js';
import type { Problem } from './problem.js';
import { Refusal } from './refusal.js';
import { trimEnd, trimStart } from './whitespace.js';

/** One instruction's text as if it had been written on one line. */
export interface LogicalLine {
  text: string;
  /** `text` taken apart. */
  command: CommandLine;
  /** As written, continuation lines included, heredoc bodies not. */
  source: string;
  range: SourceRange;
  heredocs: Heredoc[];
  /** Where the stretches of `text` that were joined come from, in order. */
  pieces: { offset: number; position: Position }[];
}

/** Where in the file a character of a logical line stands. */
export function positionAt(line: LogicalLine, offset: number): Position {
  const piece = line.pieces.findLast((candidate) => candidate.offset <= offset) ?? line.pieces[0]!;
  return { line: piece.position.line, column: piece.position.column + offset - piece.offset };
}

/** The first pass, as far as it went. */
export interface Lines {
  escapeCharacter: EscapeCharacter;
  /** Read as they are asked for, so that a file full of mistakes is not read to its end. */
  lines: Iterable<LogicalLine>;
  /** Grows while the lines are read. */
  problems: Problem[];
}

/**
 * Splits a Dockerfile into logical lines. Problems are collected, not thrown; an unterminated heredoc ends
 * the reading, for everything below would be guesswork.
 */
export function splitLines(text: string): Lines {
  const raw = text.split('\n');
  const physical = text.includes('\r') ? raw.map(withoutCarriageReturn) : raw;
  const head = readDirectives(physical);
  return { ...head, lines: readLines({ ...head, raw, physical }) };
}

function* readLines(head: Head & { raw: string[]; physical: string[] }): Generator<LogicalLine> {
  const { escapeCharacter, raw, physical, problems } = head;
  for (let at = head.next; at < physical.length; ) {
    const { line, next } = readLogicalLine(physical, at, escapeCharacter);
    at = next;
    if (!line) continue;
    try {
      at = readHeredocs({ line, escapeCharacter, raw, physical, at });
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      problems.push({ position: positionAt(line, error.offset ?? 0), message: error.message });
      return;
    }
    yield line;
  }
}

/** What the parser directives say. */
interface Head {
  escapeCharacter: EscapeCharacter;
  problems: Problem[];
  /** Index of the first line after them. */
  next: number;
}

const DIRECTIVE = /^#\s*([a-z][a-z0-9]*)\s*=\s*(\S.*)$/i;

/** Reads the comments at the top that are parser directives. */
function readDirectives(physical: string[]): Head {
  const head: Head = { escapeCharacter: '\\', problems: [], next: physical.length };
  const seen = new Set<string>();
  for (const [index, line] of physical.entries()) {
    const [, name = '', value = ''] = DIRECTIVE.exec(trimStart(line)) ?? [];
    const directive = name.toLowerCase();
    if (!['syntax', 'escape', 'check'].includes(directive)) return { ...head, next: index };
    const refuse = (message: string) =>
      head.problems.push({ position: { line: index + 1, column: line.indexOf('#') + 1 }, message });
    if (seen.has(directive)) refuse(`the parser directive ${directive} stands here a second time; keep one`);
    seen.add(directive);
    if (directive !== 'escape') continue;
    const escapeCharacter = trimEnd(value);
    if (escapeCharacter === '\\' || escapeCharacter === '`') head.escapeCharacter = escapeCharacter;
    else refuse(`the escape character can only be \\ or \`, not ${escapeCharacter}`);
  }
  return head;
}

/** Joins the lines of the instruction that begins at `at`; no line where there is only a comment or a blank. */
function readLogicalLine(
  physical: string[],
  at: number,
  escapeCharacter: EscapeCharacter,
): { line?: LogicalLine; next: number } {
  const first = trimStart(physical[at]!);
  if (first === '' || first.startsWith('#')) return { next: at + 1 };
  const start: Position = { line: at + 1, column: physical[at]!.length - first.length + 1 };
  const pieces: LogicalLine['pieces'] = [];
  const texts: string[] = [];
  let length = 0;
  let last = at;
  let next = at;
  for (let continued = true; continued && next < physical.length; next++) {
    const line = next === at ? first : physical[next]!;
    const content = trimStart(line);
    // Comments and blank lines may stand inside an instruction and do not end it.
    if (content === '' || content.startsWith('#')) continue;
    const joined = withoutContinuation(line, escapeCharacter);
    continued = joined !== line;
    const position = next === at ? start : { line: next + 1, column: 1 };
    pieces.push({ offset: length, position });
    texts.push(joined);
    length += joined.length;
    last = next;
  }
  const text = texts.length === 1 ? texts[0]! : texts.join('');
  return {
    line: {
      text,
      command: splitCommand(text, escapeCharacter),
      source: last === at ? first : [first, ...physical.slice(at + 1, last + 1)].join('\n'),
      range: { start, end: { line: last + 1, column: physical[last]!.length + 1 } },
      heredocs: [],
      pieces,
    },
    next,
  };
}

function withoutCarriageReturn(line: string): string {
  let end = line.length;
  while (line[end - 1] === '\r') end--;
  return line.slice(0, end);
}

/** The line without the escape character that continues it and the blanks behind that; the same line where there is none. */
function withoutContinuation(line: string, escapeCharacter: EscapeCharacter): string {
  let end = line.length;
  while (end > 0 && (line[end - 1] === ' ' || line[end - 1] === '\t')) end--;
  const continues = line[end - 1] === escapeCharacter && line[end - 2] !== escapeCharacter;
  return continues ? line.slice(0, end - 1) : line;
}

interface HeredocReading {
  line: LogicalLine;
  escapeCharacter: EscapeCharacter;
  /** The file's lines with their carriage returns, and without. */
  raw: string[];
  physical: string[];
  at: number;
}

/** Sets the bodies of the line's heredocs aside; returns the index of the first line behind them. */
function readHeredocs({ line, escapeCharacter, raw, physical, at }: HeredocReading): number {
  const { text, command } = line;
  let next = at;
  for (const { name, stripTabs, expand } of findHeredocs({ text, command, escapeCharacter })) {
    const begin = next;
    const strip = (content: string) => (stripTabs ? content.replace(/^\t+/, '') : content);
    while (next < physical.length && strip(physical[next]!) !== name) next++;
    if (next === physical.length) {
      throw new Refusal(
        `the heredoc ${name} is never closed: no line below consists of ${name} alone`,
        Math.max(0, line.text.indexOf('<<')),
      );
    }
    const lines = raw.slice(begin, next).map((content) => `${content}\n`);
    const body = lines.join('');
    line.heredocs.push({
      name,
      content: stripTabs ? lines.map(strip).join('') : body,
      source: body + name,
      expand,
      range: {
        start: { line: begin + 1, column: 1 },
        end: { line: next + 1, column: physical[next]!.length + 1 },
      },
    });
    next++;
  }
  return next;
}
