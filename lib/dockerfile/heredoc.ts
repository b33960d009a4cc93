// Heredoc delimiters: the words `<<EOF`, `<<-EOF`, `3<<"EOF"` of ADD, COPY and RUN.
// https://docs.docker.com/reference/dockerfile/#here-documents
import { type CommandLine, splitCommand } from './command-line.js';
import type { EscapeCharacter } from './instruction.js';
import { parseStringArray } from './json-form.js';
import { Refusal } from './refusal.js';
import { splitWords } from './words.js';

/** What a heredoc's first word says about its body. */
export interface HeredocStart {
  /** The line that ends the body. */
  name: string;
  /** Leading tabs of each line go: `<<-`. */
  stripTabs: boolean;
  /** No part of the name was quoted, so variables in the body expand. */
  expand: boolean;
}

/** Reads a word as the start of a heredoc; undefined where it is none. */
export function parseHeredocStart(word: string): HeredocStart | undefined {
  if (!word.includes('<<')) return undefined;
  const [, dash, delimiter] = /^\d*<<(-?)([^<]*)$/.exec(word) ?? [];
  if (!delimiter) return undefined;
  const stripTabs = dash === '-';
  // Most have nothing to unquote.
  if (/^\w+$/.test(delimiter)) return { name: delimiter, stripTabs, expand: true };
  const [name, ...others] = wordsOf(delimiter, { keepQuotes: false, keepEscapes: false });
  const [quoted = ''] = wordsOf(delimiter, { keepQuotes: true, keepEscapes: false });
  if (name === undefined || others.length > 0) return undefined;
  return { name, stripTabs, expand: countQuotes(name) === countQuotes(quoted) };
}

/** The heredocs whose bodies follow a logical line, in order. */
export function findHeredocs({ text, command, escapeCharacter }: HeredocCandidate): HeredocStart[] {
  if (!text.includes('<<') || !mayHoldHeredocs(command, escapeCharacter)) return [];
  return wordsOf(text, { keepQuotes: true, keepEscapes: true })
    .map(parseHeredocStart)
    .filter((start) => start !== undefined);
}

interface HeredocCandidate {
  text: string;
  command: CommandLine;
  escapeCharacter: EscapeCharacter;
}

function mayHoldHeredocs(command: CommandLine, escapeCharacter: EscapeCharacter): boolean {
  if (command.keyword === 'ONBUILD') {
    const trigger = splitCommand(command.rest, escapeCharacter);
    return trigger.keyword !== 'ONBUILD' && mayHoldHeredocs(trigger, escapeCharacter);
  }
  return ['ADD', 'COPY', 'RUN'].includes(command.keyword) && !parseStringArray(command.rest);
}

/** A line that the word lexer cannot read (`echo it's`, `${x^^}`) is left to the shell, and has no heredocs. */
function wordsOf(line: string, mode: Parameters<typeof splitWords>[1]): string[] {
  try {
    return splitWords(line, mode);
  } catch (error) {
    if (error instanceof Refusal) return [];
    throw error;
  }
}

function countQuotes(word: string): number {
  return word.split(/['"]/).length - 1;
}
