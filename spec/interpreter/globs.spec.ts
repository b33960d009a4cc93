import { compileGlob, hasWildcard } from '../../lib/interpreter/globs.js';

describe('compileGlob', () => {
  it.each([
    ['abc', 'abc', true],
    ['abc', 'ab', false],
    ['*', 'abc', true],
    ['*c', 'abc', true],
    ['a*b?c*x', 'abxbbxdbxebxczzx', true],
    ['a*b?c*x', 'abxbbxdbxebxczzy', false],
    ['ab[c]', 'abc', true],
    ['ab[b-d]', 'abc', true],
    ['ab[e-g]', 'abc', false],
    ['ab[^c]', 'abc', false],
    ['ab[^e-g]', 'abc', true],
    ['[!a]', 'a', true],
    ['[!a]', '!', true],
    ['a\\*b', 'a*b', true],
    ['a\\*b', 'ab', false],
    ['a?b', 'a☺b', true],
    ['a[^a]b', 'a☺b', true],
    ['[a-ζ]*', 'α', true],
    ['[\\]a]', ']', true],
    ['[\\-]', '-', true],
    ['[x\\-]', 'z', false],
    ['a[[]0]', 'a[0]', true],
    ['.*', '.hidden', true],
    ['*', '.hidden', true],
  ])('%s and %s: %s', (pattern, name, matched) => expect(compileGlob(pattern)(name)).toBe(matched));

  it.each(['[', '[]a]', '[-]', '[x-]', '[-x]', '[a-b-c]', '[^', 'a[', '\\'])('refuses %s', (pattern) =>
    expect(() => compileGlob(pattern)).toThrow(/malformed/),
  );

  it('takes no longer than pattern × name', () => {
    expect(compileGlob(`${'*a'.repeat(60)}b`)('a'.repeat(255))).toBe(false);
  });
});

describe('hasWildcard', () => {
  it.each([
    ['a', false],
    ['a*', true],
    ['a?', true],
    ['[a', true],
    ['a\\*', false],
    ['a\\\\*', true],
    ['a]', false],
  ])('%s: %s', (word, expected) => expect(hasWildcard(word)).toBe(expected));
});
