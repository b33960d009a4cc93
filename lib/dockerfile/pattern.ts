// The patterns of `${v#p}`, `${v%p}` and `${v/p/r}`: `*` is any text, `?` any character, neither crosses a
// line end, `\` takes the special meaning from `*`, `?` and itself. There are no bracket expressions.
//
// Matched without regular expressions, so that no pattern can take exponential time: between two stars
// stands a fixed segment, and the first place where a segment fits is always good enough for the shortest
// match, the last one for the longest.
import { Refusal } from './refusal.js';

/** What stands between two stars: literal text and `undefined` for `?`. */
type Segment = (string | undefined)[];

/** Segments with a star between each two. */
export type Pattern = Segment[];

/**
 * Reads a pattern.
 *
 * @throws Refusal for a backslash before anything but `*`, `?`, `\`, `/` and `}`
 */
export function parsePattern(source: string): Pattern {
  const segments: Pattern = [[]];
  const characters = Array.from(source);
  for (let i = 0; i < characters.length; i++) {
    let character = characters[i]!;
    const segment = segments.at(-1)!;
    if (character === '*') {
      segments.push([]);
      continue;
    }
    if (character === '?') {
      segment.push(undefined);
      continue;
    }
    if (character === '\\') {
      const escaped = characters[++i];
      if (escaped === undefined || !'*?\\/}'.includes(escaped)) {
        throw new Refusal(`the pattern ${source} has a backslash before ${escaped ?? 'its end'}`);
      }
      character = escaped;
    }
    if (typeof segment.at(-1) === 'string') segment[segment.length - 1] += character;
    else segment.push(character);
  }
  return segments;
}

/** `${value#pattern}`, or `${value##pattern}` where `longest`. */
export function trimPrefix(value: string, pattern: string, longest: boolean): string {
  const end = matchAt(parsePattern(pattern), value, 0, longest);
  return end === undefined ? value : value.slice(end);
}

/** `${value%pattern}`, or `${value%%pattern}` where `longest`. */
export function trimSuffix(value: string, pattern: string, longest: boolean): string {
  const mirrored = parsePattern(pattern)
    .map((segment) => segment.map((part) => part && reverse(part)).reverse())
    .reverse();
  const backwards = reverse(value);
  const end = matchAt(mirrored, backwards, 0, longest);
  return end === undefined ? value : reverse(backwards.slice(end));
}

/** `${value/pattern/replacement}`, or `${value//pattern/replacement}` where `all`. */
export function replacePattern(value: string, pattern: string, replacement: string, all: boolean): string {
  const segments = parsePattern(pattern);
  let result = '';
  let copied = 0;
  let from = 0;
  while (from <= value.length) {
    const match = search(segments, value, from);
    if (!match) break;
    result += value.slice(copied, match.start);
    // An empty match right behind another match is none.
    if (match.end > copied || match.start === 0) result += replacement;
    copied = match.end;
    if (!all) break;
    from = Math.max(match.end, from + characterWidth(value, from));
  }
  return result + value.slice(copied);
}

/** The leftmost place from `from` on where the pattern fits, and its longest match there. */
function search(pattern: Pattern, value: string, from: number): { start: number; end: number } | undefined {
  let start = from;
  while (start <= value.length) {
    const head = find(pattern[0]!, value, start, value.length);
    if (!head) return undefined;
    const end = matchAt(pattern, value, head.start, true);
    if (end !== undefined) return { start: head.start, end };
    // What follows the first star fits nowhere in the rest of this line, so no later start in it can do.
    const line = value.indexOf('\n', head.end);
    if (line < 0) return undefined;
    start = Math.max(line, head.start + 1);
  }
  return undefined;
}

/** Where a match that begins at `start` ends, or undefined where there is none. */
function matchAt(pattern: Pattern, value: string, start: number, longest: boolean): number | undefined {
  let end = fits(pattern[0]!, value, start);
  if (end === undefined) return undefined;
  for (const [index, segment] of pattern.entries()) {
    if (index === 0) continue;
    const newline = value.indexOf('\n', end);
    const reach = newline < 0 ? value.length : newline;
    const last = index === pattern.length - 1 && longest;
    const found: { end: number } | undefined = last
      ? findLast(segment, value, end, reach)
      : find(segment, value, end, reach);
    if (!found) return undefined;
    end = found.end;
  }
  return end;
}

/** Where the segment ends if it stands at `start`. */
function fits(segment: Segment, value: string, start: number): number | undefined {
  let at = start;
  for (const part of segment) {
    if (part === undefined) {
      if (at >= value.length || value[at] === '\n') return undefined;
      at += characterWidth(value, at);
    } else if (value.startsWith(part, at)) at += part.length;
    else return undefined;
  }
  return at;
}

/** The first place from `from` to `reach` where the segment stands. */
function find(segment: Segment, value: string, from: number, reach: number) {
  for (let start = from; start <= reach; start++) {
    if (typeof segment[0] === 'string') {
      start = value.indexOf(segment[0], start);
      if (start < 0 || start > reach) return undefined;
    }
    const end = fits(segment, value, start);
    if (end !== undefined) return { start, end };
  }
  return undefined;
}

/** The last place from `reach` back to `from` where the segment stands. */
function findLast(segment: Segment, value: string, from: number, reach: number) {
  for (let start = reach; start >= from; start--) {
    if (typeof segment[0] === 'string') {
      start = value.lastIndexOf(segment[0], start);
      if (start < from) return undefined;
    }
    const end = fits(segment, value, start);
    if (end !== undefined) return { start, end };
  }
  return undefined;
}

/** In code units: two for a character beyond U+FFFF. */
function characterWidth(value: string, at: number): number {
  return (value.codePointAt(at) ?? 0) > 0xffff ? 2 : 1;
}

function reverse(text: string): string {
  return Array.from(text).reverse().join('');
}
