// Patterns over whole paths with `**` and `!` exceptions: what `.dockerignore`, `--exclude` and `--parents`
// speak, by the rules of moby's patternmatcher.
//
// @balena/dockerignore is not used: BuildKit decides a path from what its parents matched, pattern by
// pattern, and that differs. With `*.log` and `!keep`, `keep/a.log` stays out; the package lets it in.
// https://github.com/moby/patternmatcher
import { posix } from 'node:path';
import { compileGlob } from './globs.js';

/** Which of the patterns a directory matched; its children are judged with it. */
export type MatchedPatterns = readonly boolean[];

export interface PathPatterns {
  /** Whether any pattern begins with `!`. */
  hasExceptions: boolean;
  /**
   * Judges one path relative to the root of the patterns, without a leading slash.
   * @param parent what its parent directory matched; absent at the top.
   */
  match(path: string, parent?: MatchedPatterns): { matched: boolean; patterns: MatchedPatterns };
}

interface Pattern {
  exception: boolean;
  matches(path: string): boolean;
}

/**
 * Compiles patterns.
 * @throws Error where one is malformed.
 */
export function compilePathPatterns(sources: readonly string[]): PathPatterns {
  const patterns: Pattern[] = [];
  for (const source of sources) {
    const trimmed = source.trim();
    if (trimmed === '') continue;
    const cleaned = cleanPath(trimmed);
    const exception = cleaned.startsWith('!');
    const text = exception ? cleaned.slice(1) : cleaned;
    if (text === '') throw new Error("The pattern '!' is malformed: it excepts nothing.");
    compileGlob(text);
    patterns.push({ exception, matches: compile(text) });
  }
  return {
    hasExceptions: patterns.some((pattern) => pattern.exception),
    match(path, parent) {
      let matched = false;
      const found = patterns.map((pattern, index) => {
        // An exception is only asked while the path is matched, an ordinary pattern while it is not;
        // one that was not asked counts as not matched for the children too.
        const inherited = parent?.[index] ?? false;
        const matches = inherited || (pattern.exception === matched && matchesHere(pattern, path, parent));
        if (matches) matched = !pattern.exception;
        return matches;
      });
      return { matched, patterns: found };
    },
  };
}

/** Go's filepath.Clean: no trailing slash, no `.`, no doubled slash; `.` for nothing. */
export function cleanPath(path: string): string {
  const normal = posix.normalize(path);
  return normal.length > 1 && normal.endsWith('/') ? normal.slice(0, -1) : normal;
}

function matchesHere(pattern: Pattern, path: string, parent: MatchedPatterns | undefined): boolean {
  if (pattern.matches(path)) return true;
  if (parent !== undefined) return false;
  for (let slash = path.indexOf('/'); slash >= 0; slash = path.indexOf('/', slash + 1)) {
    if (pattern.matches(path.slice(0, slash))) return true;
  }
  return false;
}

function compile(pattern: string): (path: string) => boolean {
  if (pattern === '**') return () => true;
  if (!/[*?[\]\\]/.test(pattern)) return (path) => path === pattern;
  if (/^\*\*[^*?[\]\\]+$/.test(pattern)) {
    const suffix = pattern.slice(2);
    return (path) => path.endsWith(suffix) || (suffix.startsWith('/') && path === suffix.slice(1));
  }
  if (/^[^*?[\]\\]+\*\*$/.test(pattern)) {
    const prefix = pattern.slice(0, -2);
    return (path) => path.startsWith(prefix);
  }
  const expression = new RegExp(`^${translate(pattern)}$`, 'u');
  return (path) => expression.test(path);
}

function translate(pattern: string): string {
  let expression = '';
  const characters = [...pattern];
  let inClass = false;
  for (let at = 0; at < characters.length; at++) {
    const character = characters[at]!;
    if (character === '\\') {
      at++;
      expression += escapeForRegExp(characters[at] ?? '\\');
    } else if (inClass) {
      expression +=
        character === ']' || character === '-' || character === '^' ? character : escapeForRegExp(character);
      inClass = character !== ']';
    } else if (character === '*' && characters[at + 1] === '*') {
      at += characters[at + 2] === '/' ? 2 : 1;
      expression += at === characters.length - 1 ? '[^\\n]*' : '(?:[^\\n]*/)?';
    } else if (character === '*') expression += '[^/]*';
    else if (character === '?') expression += '[^/]';
    else if (character === '[') {
      expression += '[';
      inClass = true;
    } else expression += escapeForRegExp(character);
  }
  return expression;
}

function escapeForRegExp(character: string): string {
  return /[\^$\\.*+?()[\]{}|/]/.test(character) ? `\\${character}` : character;
}
