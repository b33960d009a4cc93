// A logical line taken apart: keyword, flags, and the rest that each instruction reads in its own way.
//
// dockerfile-ast tells the keyword, of one logical line at a time, since across lines (heredocs, comments in
// continuations, carriage returns) it does not follow BuildKit.
import { DockerfileParser } from 'dockerfile-ast';
import type { EscapeCharacter } from './instruction.js';
import { isSpace, trimEnd, trimStart } from './whitespace.js';

/** A flag as given: quotes and escapes removed, `--chown=a` as name `chown` and value `a`. */
export interface GivenFlag {
  name: string;
  /** Absent where the flag has no `=`. */
  value?: string;
  /** In code units from the start of the logical line. */
  offset: number;
  /** A quote in it is never closed. */
  unterminated: boolean;
}

export interface CommandLine {
  /** In capitals. */
  keyword: string;
  /** As written. */
  writtenKeyword: string;
  flags: GivenFlag[];
  /** What follows the flags, without white space at either end. */
  rest: string;
  /** Where `rest` begins, in code units from the start of the logical line. */
  restOffset: number;
}

/** What a blank is in a Dockerfile's lines; dockerfile-ast knows fewer. */
const FIRST_WORD = /^[^\t\v\f\r ]*/;

/** Keywords by the first words that dockerfile-ast was asked about: most lines begin like one before them. */
const known = new Map<string, string>();
const mostKnown = 100;

/**
 * The keyword as dockerfile-ast finds it, as written. It gets the first word alone, for it would go on to read
 * the arguments of RUN, COPY and ADD in its own way, over and over where there are many.
 */
function keywordOf(text: string): string {
  const word = FIRST_WORD.exec(text)![0];
  let keyword = known.get(word);
  if (keyword === undefined) {
    // On the second line, where a byte order mark is a character like others.
    keyword = DockerfileParser.parse(`\n${word}`).getInstructions()[0]?.getInstruction() ?? '';
    if (known.size >= mostKnown) known.clear();
    known.set(word, keyword);
  }
  return keyword;
}

/** Takes a logical line apart. */
export function splitCommand(text: string, escapeCharacter: EscapeCharacter): CommandLine {
  const writtenKeyword = keywordOf(text);
  const keywordEnd = text.indexOf(writtenKeyword) + writtenKeyword.length;
  const { flags, end } = splitFlags(text, keywordEnd, escapeCharacter);
  const rest = trimStart(text.slice(end));
  return {
    keyword: writtenKeyword.toUpperCase(),
    writtenKeyword,
    flags,
    rest: trimEnd(rest),
    restOffset: text.length - rest.length,
  };
}

/** Reads words that begin with `--` until one does not; a bare `--` ends them. */
function splitFlags(
  text: string,
  from: number,
  escapeCharacter: EscapeCharacter,
): { flags: GivenFlag[]; end: number } {
  const flags: GivenFlag[] = [];
  let at = from;
  for (;;) {
    while (at < text.length && isSpace(text[at]!)) at++;
    if (!text.startsWith('--', at)) return { flags, end: at };
    const { word, end, unterminated } = readFlag(text, at, escapeCharacter);
    if (word === '--') return { flags, end };
    const [, name = '', value] = /^--([^=]*)(?:=(.*))?$/s.exec(word) ?? [];
    flags.push({ name, offset: at, unterminated, ...(value !== undefined && { value }) });
    at = end;
  }
}

/** One flag: quotes may stand anywhere in it, and are removed. */
function readFlag(text: string, start: number, escapeCharacter: EscapeCharacter) {
  let word = '';
  let quote: string | undefined;
  let at = start;
  for (; at < text.length; at++) {
    let character = text[at]!;
    if (quote === undefined && isSpace(character)) break;
    if (quote === undefined && (character === "'" || character === '"')) {
      quote = character;
      continue;
    }
    if (character === quote) {
      quote = undefined;
      continue;
    }
    if (character === escapeCharacter) {
      // At the very end an escape has nothing to escape and is gone.
      if (at + 1 === text.length) continue;
      character = text[++at]!;
    }
    word += character;
  }
  return { word, end: at, unterminated: quote !== undefined };
}
