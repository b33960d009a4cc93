// Wildcards in sources, by the rules of Go's filepath.Match, one path component at a time.
// https://pkg.go.dev/path/filepath#Match

type Token =
  | { kind: 'star' }
  | { kind: 'any' }
  | { kind: 'literal'; character: string }
  | { kind: 'class'; negated: boolean; ranges: [low: string, high: string][] };

/** Whether a word holds a wildcard that is not escaped. */
export function hasWildcard(word: string): boolean {
  return /^(?:\\[\s\S]|[^\\*?[])*[*?[]/.test(word);
}

/**
 * A function that tells whether a name (without slashes) matches the pattern.
 * @throws Error where the pattern is malformed, e.g. `[` without `]`.
 */
export function compileGlob(pattern: string): (name: string) => boolean {
  const tokens = tokenize(pattern);
  return (name) => matches(tokens, [...name]);
}

function tokenize(pattern: string): Token[] {
  const malformed = () => new Error(`The pattern '${pattern}' is malformed: see Go's filepath.Match.`);
  const characters = [...pattern];
  const tokens: Token[] = [];
  let at = 0;
  const take = (): string => {
    if (at >= characters.length) throw malformed();
    return characters[at++]!;
  };
  const takeClassMember = (): string => {
    const character = take();
    if (character === '-' || character === ']') throw malformed();
    return character === '\\' ? take() : character;
  };
  while (at < characters.length) {
    const character = take();
    if (character === '*') tokens.push({ kind: 'star' });
    else if (character === '?') tokens.push({ kind: 'any' });
    else if (character === '\\') tokens.push({ kind: 'literal', character: take() });
    else if (character === '[') {
      const negated = characters[at] === '^';
      if (negated) at++;
      const ranges: [string, string][] = [];
      while (characters[at] !== ']' || ranges.length === 0) {
        const low = takeClassMember();
        if (characters[at] === '-') {
          at++;
          ranges.push([low, takeClassMember()]);
        } else ranges.push([low, low]);
      }
      at++;
      tokens.push({ kind: 'class', negated, ranges });
    } else tokens.push({ kind: 'literal', character });
  }
  return tokens;
}

/** Greedy with one point of return, so that time stays within pattern × name. */
function matches(tokens: readonly Token[], name: readonly string[]): boolean {
  let token = 0;
  let at = 0;
  let starToken = -1;
  let starAt = 0;
  while (at < name.length) {
    const current = tokens[token];
    if (current?.kind === 'star') {
      starToken = token++;
      starAt = at;
    } else if (current !== undefined && accepts(current, name[at]!)) {
      token++;
      at++;
    } else if (starToken >= 0) {
      token = starToken + 1;
      at = ++starAt;
    } else return false;
  }
  while (tokens[token]?.kind === 'star') token++;
  return token === tokens.length;
}

function accepts(token: Token, character: string): boolean {
  switch (token.kind) {
    case 'literal':
      return token.character === character;
    case 'class': {
      const code = character.codePointAt(0)!;
      const inside = token.ranges.some(
        ([low, high]) => low.codePointAt(0)! <= code && code <= high.codePointAt(0)!,
      );
      return inside !== token.negated;
    }
    default:
      return true;
  }
}
