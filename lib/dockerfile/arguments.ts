// How the rest of a line, behind keyword and flags, splits into arguments: each instruction uses one of these.
import type { EscapeCharacter, KeyValue } from './instruction.js';
import { Refusal } from './refusal.js';
import { isSpace, trimEnd, trimStart } from './whitespace.js';

/** A raw word and where in `text` it begins, in code units. */
export interface Word {
  text: string;
  offset: number;
}

/** Words between blanks; quotes and escapes mean nothing here: FROM, EXPOSE, and COPY, ADD, VOLUME unless JSON. */
export function splitAtBlanks(text: string): Word[] {
  const words: Word[] = [];
  const pattern = /[^\t\v\f\r ]+/g;
  for (let match = pattern.exec(text); match !== null; match = pattern.exec(text))
    words.push({ text: match[0], offset: match.index });
  return words;
}

/** Words between unquoted, unescaped blanks, with quotes and escapes kept: ENV, LABEL, ARG. */
export function splitQuoted(text: string, escapeCharacter: EscapeCharacter): Word[] {
  const words: Word[] = [];
  let start: number | undefined;
  let word = '';
  let quote: string | undefined;
  for (let at = 0; at < text.length; at++) {
    const character = text[at]!;
    if (quote === undefined && isSpace(character)) {
      if (start !== undefined) words.push({ text: word, offset: start });
      start = undefined;
      word = '';
      continue;
    }
    start ??= at;
    if (character === escapeCharacter && quote !== "'") {
      // At the very end an escape has nothing to escape and is gone.
      if (at + 1 < text.length) word += character + text[++at]!;
      continue;
    }
    if (character === quote) quote = undefined;
    else if (quote === undefined && (character === '"' || character === "'")) quote = character;
    word += character;
  }
  if (start !== undefined && word !== '') words.push({ text: word, offset: start });
  return words;
}

/**
 * `name=value …`, or the legacy `name value` where the first word has no `=` and the value is all the rest.
 *
 * @throws Refusal where a value is missing or a name is empty
 */
export function readKeyValues(keyword: string, text: string, escapeCharacter: EscapeCharacter): KeyValue[] {
  const words = splitQuoted(text, escapeCharacter);
  if (words.length === 0) throw new Refusal(`${keyword} needs at least one name=value`);
  if (!words[0]!.text.includes('=')) {
    const key = /^[^\t\v\f\r ]+/.exec(text)![0];
    const value = text.slice(key.length).replace(/^[\t\v\f\r ]+/, '');
    if (value === '') throw new Refusal(`${keyword} ${key} needs a value: write ${keyword} ${key}=value`, 0);
    return [{ key, value }];
  }
  return words.map(({ text: word, offset }) => {
    const equals = word.indexOf('=');
    if (equals < 0) {
      throw new Refusal(
        `${keyword} takes name=value pairs, and ${word} has no =; quote a value with blanks`,
        offset,
      );
    }
    if (equals === 0) throw new Refusal(`${keyword} needs a name before the =`, offset);
    return { key: word.slice(0, equals), value: word.slice(equals + 1) };
  });
}

/** The first word between blanks, and what follows it. */
export function splitFirst(text: string): { first: string; rest: string; restOffset: number } {
  const end = text.search(/[\t\n\v\f\r ]/);
  if (end < 0) return { first: text, rest: '', restOffset: text.length };
  const rest = trimStart(text.slice(end));
  return { first: text.slice(0, end), rest: trimEnd(rest), restOffset: text.length - rest.length };
}
