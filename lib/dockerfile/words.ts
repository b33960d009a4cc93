// The shell-like language inside words: quotes, escapes and `$variables`, as BuildKit's `shell.Lex` reads it.
// https://docs.docker.com/reference/dockerfile/#environment-replacement
import type { EscapeCharacter } from './instruction.js';
import { replacePattern, trimPrefix, trimSuffix } from './pattern.js';
import { Refusal } from './refusal.js';
import { isSpace, splitAtSpace } from './whitespace.js';

/** What a variable's value is, or undefined where it is not set. */
export type Lookup = (name: string) => string | undefined;

export interface WordOptions {
  word: string;
  lookup: Lookup;
  escape: EscapeCharacter;
}

/** How a lexer treats what it reads; all off for the words of instructions. */
interface Mode {
  /** Quotes are ordinary characters: the bodies of heredocs. */
  plainQuotes?: boolean;
  /** Quotes and escapes stay in the result: heredoc delimiters. */
  keepQuotes?: boolean;
  keepEscapes?: boolean;
  /** Variables stay as written: heredoc delimiters. */
  keepVariables?: boolean;
}

/** Digits, or one of the shell's special parameters, or letters, digits and underscores; perhaps none. */
const NAME = /\p{Nd}+|[@*#?\-$!]|[\p{L}\p{Nd}_]*/uy;

/** What a word can hold that does not stand for itself. */
const SPECIAL = /[$'"\\`]/;

/** Characters that stand for themselves and end no word. */
const ORDINARY = /[\w.,:;=@%+-]+/y;

/** Deeper `${a:-${b:-…}}` than anyone writes, shallower than our stack. */
const DEEPEST_NESTING = 200;

/** In characters, of all the values in a word; Linux starts no program with more than a few MiB of them. */
const LARGEST_EXPANSION = 4 * 1024 * 1024;

/**
 * One word with its variables replaced and its quotes and escapes removed.
 *
 * @throws Refusal for an unterminated quote or `${`, an unknown modifier, or a `${v:?message}` that says no
 */
export function expandWord({ word, lookup, escape: escapeCharacter }: WordOptions): string {
  if (!SPECIAL.test(word)) return word;
  return new Lexer(word, lookup, escapeCharacter, {}).read().text;
}

/**
 * One word likewise, then split at the white space that is not quoted: a variable may hold several words.
 *
 * @throws Refusal as expandWord does
 */
export function expandWords({ word, lookup, escape: escapeCharacter }: WordOptions): string[] {
  return new Lexer(word, lookup, escapeCharacter, {}).read().words;
}

/**
 * The body of a heredoc: variables are replaced and `\` escapes, whatever the escape directive says, but
 * quotes are ordinary characters.
 *
 * @throws Refusal as expandWord does
 */
export function expandHeredoc({ content, lookup }: { content: string; lookup: Lookup }): string {
  return new Lexer(content, lookup, '\\', { plainQuotes: true }).read().text;
}

/**
 * The words of a line with variables as written: what heredoc delimiters are found with.
 *
 * @throws Refusal for an unterminated quote or `${`, or an unknown modifier
 */
export function splitWords(line: string, mode: { keepQuotes: boolean; keepEscapes: boolean }): string[] {
  if (!SPECIAL.test(line) && !/<<[\t\r ]/.test(line)) return splitAtSpace(line);
  return new Lexer(line, () => undefined, '\\', { ...mode, keepVariables: true }).read().words;
}

/** Collects a result both whole and split into words. */
class Collector {
  text = '';
  readonly words: string[] = [];
  private current = '';

  /** A character that ends a word where it is white space. */
  add(character: string): void {
    this.text += character;
    if (isSpace(character)) this.endWord();
    else this.current += character;
  }

  /** Text that belongs to the current word whatever it holds. */
  addQuoted(text: string): void {
    this.text += text;
    this.current += text;
  }

  endWord(): void {
    if (this.current !== '') this.words.push(this.current);
    this.current = '';
  }
}

class Lexer {
  private at = 0;
  private depth = 0;
  private expanded = 0;

  constructor(
    private readonly source: string,
    private readonly lookup: Lookup,
    private readonly escapeCharacter: EscapeCharacter,
    private readonly mode: Mode,
  ) {}

  read(): { text: string; words: string[] } {
    return this.readUntil(undefined, this.mode.keepEscapes ?? false);
  }

  /** Reads up to and over `stop`, or to the end where there is none. */
  private readUntil(stop: string | undefined, keepEscapes: boolean): { text: string; words: string[] } {
    const result = new Collector();
    while (this.at < this.source.length) {
      const character = this.source[this.at]!;
      if (character === stop) {
        this.at++;
        result.endWord();
        return result;
      }
      if (character === '$') {
        for (const part of this.readVariable()) result.add(part);
      } else if (character === "'" && !this.mode.plainQuotes) {
        result.addQuoted(this.readSingleQuotes());
      } else if (character === '"' && !this.mode.plainQuotes) {
        result.addQuoted(this.readDoubleQuotes(keepEscapes));
      } else if (this.source.startsWith('<<', this.at)) {
        result.addQuoted(this.readHeredocOperator());
      } else if (character === this.escapeCharacter) {
        if (keepEscapes) result.addQuoted(character);
        this.at++;
        // At the end of the text an escape has nothing to escape and is gone.
        if (this.at < this.source.length) result.addQuoted(this.next());
      } else {
        const ordinary = stop === undefined ? this.readOrdinary() : '';
        if (ordinary === '') result.add(this.next());
        else result.addQuoted(ordinary);
      }
    }
    if (stop !== undefined)
      throw this.unterminated(stop === '}' ? 'a closing }' : `a second ${stop} in \${…}`);
    result.endWord();
    return result;
  }

  private readSingleQuotes(): string {
    const start = this.at;
    const end = this.source.indexOf("'", start + 1);
    if (end < 0) throw new Refusal("the quote ' that opens here is never closed", start);
    this.at = end + 1;
    return this.mode.keepQuotes ? this.source.slice(start, end + 1) : this.source.slice(start + 1, end);
  }

  private readDoubleQuotes(keepEscapes: boolean): string {
    const start = this.at++;
    let text = this.mode.keepQuotes ? '"' : '';
    while (this.at < this.source.length) {
      const character = this.source[this.at]!;
      if (character === '"') {
        this.at++;
        return this.mode.keepQuotes ? `${text}"` : text;
      }
      if (character === '$') {
        text += this.readVariable();
        continue;
      }
      this.at++;
      if (character !== this.escapeCharacter) {
        text += character;
        continue;
      }
      if (keepEscapes) text += character;
      const escaped = this.source[this.at];
      if (escaped === undefined) break;
      if (escaped === '"' || escaped === '$' || escaped === this.escapeCharacter) {
        text += escaped;
        this.at++;
      } else {
        text += character;
      }
    }
    throw new Refusal('the quote " that opens here is never closed', start);
  }

  /** `<<` and the blanks behind it, which belong to the delimiter's word. */
  private readHeredocOperator(): string {
    const start = this.at;
    this.at += 2;
    while (/[\t\r ]/.test(this.source[this.at] ?? '')) this.at++;
    return this.source.slice(start, this.at);
  }

  private readVariable(): string {
    const start = this.at;
    const value = this.readExpansion();
    // Twenty lines that each double a variable would else fill the memory.
    this.expanded += value.length;
    if (this.expanded > LARGEST_EXPANSION)
      throw new Refusal(`variables expand to more than ${LARGEST_EXPANSION} characters`, start);
    return value;
  }

  private readExpansion(): string {
    const start = this.at++;
    if (this.source[this.at] !== '{') {
      const name = this.readName();
      if (name === '') return '$';
      return this.lookup(name) ?? (this.mode.keepVariables ? `$${name}` : '');
    }
    this.at++;
    if (++this.depth > DEEPEST_NESTING) {
      throw new Refusal(`variables are nested more than ${DEEPEST_NESTING} deep`, start);
    }
    const value = this.readBraces(start);
    this.depth--;
    return value;
  }

  /** What stands behind `${`, up to and over its `}`. */
  private readBraces(start: number): string {
    const first = this.source[this.at];
    if (first === undefined) throw this.unterminated('a closing }', start);
    if ('{}:'.includes(first)) throw new Refusal(`\${ needs the name of a variable, not ${first}`, start);
    const name = this.readName();
    const value = this.lookup(name);
    const asWritten = this.mode.keepVariables && value === undefined;

    let modifier = this.next();
    if (modifier === '}') return asWritten ? `\${${name}}` : (value ?? '');
    if (modifier === '/') return this.readReplacement(name, value);
    const emptyIsUnset = modifier === ':';
    if (emptyIsUnset) modifier += this.next();
    if (modifier === '' || modifier === ':') throw this.unterminated('a closing }', start);
    const operator = modifier.at(-1)!;
    const trims = operator === '#' || operator === '%';
    if (!['+', '-', '?', '#', '%'].includes(operator) || (emptyIsUnset && trims)) {
      const known = '- + ? # % / and :- :+ :?';
      throw new Refusal(`\${${name}${modifier}…} is no known substitution (there are ${known})`, start);
    }
    const { text: word } = this.readUntil('}', trims);
    if (asWritten) return `\${${name}${modifier}${word}}`;
    const missing = value === undefined || (emptyIsUnset && value === '');
    switch (operator) {
      case '-':
        return missing ? word : value;
      case '+':
        return missing ? '' : word;
      case '?':
        if (missing) {
          const state = value === undefined ? 'unset' : 'empty';
          throw new Refusal(`${name}: ${word || `is not allowed to be ${state}`}`, start);
        }
        return value;
      default:
        return trim(value ?? '', operator, word, start);
    }
  }

  private readReplacement(name: string, value: string | undefined): string {
    const start = this.at;
    const all = this.source[this.at] === '/';
    if (all) this.at++;
    const { text: pattern } = this.readUntil('/', true);
    const { text: replacement } = this.readUntil('}', true);
    if (this.mode.keepVariables && value === undefined) return `\${${name}/${pattern}/${replacement}}`;
    return placed(start, () => replacePattern(value ?? '', pattern, replacement, all));
  }

  /** Letters, digits and `_`; or digits alone; or one of the shell's special parameters. */
  private readName(): string {
    NAME.lastIndex = this.at;
    const found = NAME.exec(this.source)?.[0] ?? '';
    this.at += found.length;
    return found;
  }

  private readOrdinary(): string {
    ORDINARY.lastIndex = this.at;
    const found = ORDINARY.exec(this.source)?.[0] ?? '';
    this.at += found.length;
    return found;
  }

  private next(): string {
    const codePoint = this.source.codePointAt(this.at);
    if (codePoint === undefined) return '';
    const character = String.fromCodePoint(codePoint);
    this.at += character.length;
    return character;
  }

  private unterminated(missing: string, at = this.source.length): Refusal {
    return new Refusal(`the text ends while ${missing} is awaited`, at);
  }
}

function trim(value: string, operator: '#' | '%' | string, word: string, start: number): string {
  const longest = word.startsWith(operator);
  const pattern = longest ? word.slice(1) : word;
  return placed(start, () =>
    operator === '#' ? trimPrefix(value, pattern, longest) : trimSuffix(value, pattern, longest),
  );
}

/** Runs what knows nothing of places, and says where its refusal arose. */
function placed<T>(offset: number, compute: () => T): T {
  try {
    return compute();
  } catch (error) {
    if (error instanceof Refusal) throw new Refusal(error.message, offset);
    throw error;
  }
}
