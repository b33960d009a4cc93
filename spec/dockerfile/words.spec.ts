import { expandHeredoc, expandWord, expandWords } from '../../lib/dockerfile/words.js';

const variables: Record<string, string> = {
  HOME: '/home/me',
  SHELL: 'bash',
  EMPTY: '',
  LIST: 'a b  c',
  FILE: 'dir/archive.tar.gz',
  STARS: 'a*b?c\\d',
  LINES: 'one\ntwo\nthree',
  WORT: '한국어',
};
const lookup = (name: string) => variables[name];
const expand = (word: string) => expandWord({ word, lookup, escape: '\\' });

describe('a word', () => {
  it.each([
    ['plain', 'plain'],
    ['', ''],
    // Quotes and escapes.
    [`he'll'o`, 'hello'],
    [`he\\'llo`, "he'llo"],
    [`a\\b`, 'ab'],
    [`"a\\b"`, 'a\\b'],
    [`"a\\\\b"`, 'a\\b'],
    [`"a\\"b"`, 'a"b'],
    [`'a\\b'`, 'a\\b'],
    [`'a\\'`, 'a\\'],
    ['end\\', 'end'],
    ['end\\\\', 'end\\'],
    [`"it's"`, "it's"],
    [`'say "x"'`, 'say "x"'],
    [`''""`, ''],
    // Variables.
    ['$HOME', '/home/me'],
    ['${HOME}', '/home/me'],
    ['x$HOME.', 'x/home/me.'],
    ['$NONE', ''],
    ['x${NONE}y', 'xy'],
    ['$', '$'],
    ['$.', '$.'],
    ['a$ b', 'a$ b'],
    ['$WORT', '한국어'],
    ['\\$HOME', '$HOME'],
    ['\\\\$HOME', '\\/home/me'],
    [`"$HOME"`, '/home/me'],
    [`'$HOME'`, '$HOME'],
    [`"'$HOME'"`, "'/home/me'"],
    [`"\\$HOME"`, '$HOME'],
    ['$1x', 'x'],
    ['$12x', 'x'],
    ['${1:-one}', 'one'],
    ['$@$*$#$?$-$$$!', ''],
    ['${@:-none}', 'none'],
    // Defaults and alternatives.
    ['${NONE:-d}', 'd'],
    ['${NONE-d}', 'd'],
    ['${EMPTY:-d}', 'd'],
    ['${EMPTY-d}', ''],
    ['${HOME:-d}', '/home/me'],
    ['${HOME:+yes}', 'yes'],
    ['${HOME+yes}', 'yes'],
    ['${EMPTY:+yes}', ''],
    ['${EMPTY+yes}', 'yes'],
    ['${NONE:+yes}', ''],
    ['${NONE:-${NONE:-${HOME}}}x', '/home/mex'],
    ['${NONE:-"a b"}', 'a b'],
    [`\${NONE:-'a}b'}`, 'a}b'],
    ['${NONE:-\\$HOME:}', '$HOME:'],
    ['${NONE:-a\\}b}', 'a}b'],
    ['${HOME?no}', '/home/me'],
    ['${EMPTY?no}', ''],
    ['${HOME:?no}', '/home/me'],
    // Patterns.
    ['${FILE#dir/}', 'archive.tar.gz'],
    ['${FILE#nope}', 'dir/archive.tar.gz'],
    ['${FILE#*.}', 'tar.gz'],
    ['${FILE##*.}', 'gz'],
    ['${FILE%.*}', 'dir/archive.tar'],
    ['${FILE%%.*}', 'dir/archive'],
    ['${FILE%.??}', 'dir/archive.tar'],
    ['${FILE%%a*}', 'dir/'],
    ['${FILE/a/A}', 'dir/Archive.tar.gz'],
    ['${FILE//a/A}', 'dir/Archive.tAr.gz'],
    ['${FILE/a*./_}', 'dir/_gz'],
    ['${FILE//[a]/x}', 'dir/archive.tar.gz'],
    ['${FILE//\\//_}', 'dir_archive.tar.gz'],
    ['${FILE/$NONE/x}', 'xdir/archive.tar.gz'],
    ['${STARS#a\\*}', 'b?c\\d'],
    ['${STARS%\\\\d}', 'a*b?c'],
    ['${STARS//\\?/!}', 'a*b!c\\d'],
    ['${LINES#*e}', '\ntwo\nthree'],
    ['${LINES##*e}', '\ntwo\nthree'],
    ['${LINES/t*o/2}', 'one\n2\nthree'],
    ['${NONE#a}', ''],
    ['${WORT#?}', '국어'],
    ['${WORT%?}', '한국'],
  ])('%s is %j', (word, expected) => {
    expect(expand(word)).toBe(expected);
  });

  it.each([
    [`he'llo`, 2, /quote ' .* never closed/],
    [`he"llo`, 2, /quote " .* never closed/],
    [`"hello\\"`, 0, /never closed/],
    ['${HOME', 0, /awaited/],
    ['x${', 1, /awaited/],
    ['${}', 0, /needs the name/],
    ['${:-a}', 0, /needs the name/],
    ['${{a}', 0, /needs the name/],
    ['${.}', 0, /no known substitution/],
    ['${HOME:=x}', 0, /no known substitution/],
    ['${HOME:#x}', 0, /no known substitution/],
    ['${HOME^^}', 0, /no known substitution/],
    ['${HOME/a}', 9, /awaited/],
    ['${HOME/a/b', 10, /awaited/],
    ['${NONE?}', 0, /NONE: is not allowed to be unset/],
    ['${NONE:?set it}', 0, /NONE: set it/],
    ['a${EMPTY:?}', 1, /EMPTY: is not allowed to be empty/],
    ['${HOME#a\\bc}', 0, /backslash before b/],
  ])('%s is refused at %i', (word, offset, message) => {
    expect(() => expand(word)).toThrow(
      expect.objectContaining({ offset, message: expect.stringMatching(message) }),
    );
  });

  it('escapes with a backtick where the directive says so', () => {
    expect(expandWord({ word: 'C:\\dir`$HOME$HOME', lookup, escape: '`' })).toBe('C:\\dir$HOME/home/me');
  });

  it('cannot be nested without end', () => {
    expect(() => expand('${NONE:-'.repeat(30_000))).toThrow(/nested/);
  });

  it('cannot fill the memory', () => {
    const value = 'x y'.repeat(100_000);
    const words = (count: number) =>
      expandWord({ word: '$A'.repeat(count), lookup: () => value, escape: '\\' });
    expect(words(2)).toHaveLength(600_000);
    expect(() => words(1_000_000)).toThrow('variables expand to more than');
  });

  it('takes no exponential time over a hostile pattern', () => {
    variables.LONG = 'a'.repeat(50_000);
    expect(expand(`\${LONG##${'*a'.repeat(5000)}b}`)).toBe(variables.LONG);
    expect(expand(`\${LONG//${'*a'.repeat(5000)}b/x}`)).toBe(variables.LONG);
    expect(expand(`\${LONG%%${'a*'.repeat(5000)}b}`)).toBe(variables.LONG);
  });
});

describe('words', () => {
  it.each([
    ['80 $LIST', ['80', 'a', 'b', 'c']],
    ['"$LIST"', ['a b  c']],
    ['x$LIST"y z"', ['xa', 'b', 'cy z']],
    ['$NONE', []],
    ['a\\ b', ['a b']],
    ['80${NONE:-80}', ['8080']],
  ])('%s are %j', (word, expected) => {
    expect(expandWords({ word, lookup, escape: '\\' })).toEqual(expected);
  });
});

describe('the body of a heredoc', () => {
  it.each([
    [`it's "$HOME"\n`, `it's "/home/me"\n`],
    ['\\$HOME \\\\ \\n\n', '$HOME \\ n\n'],
    [`'\${NONE:-"x"}'\n`, `'"x"'\n`],
  ])('%j is %j', (content, expected) => {
    expect(expandHeredoc({ content, lookup })).toBe(expected);
  });
});
