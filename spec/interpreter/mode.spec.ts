import { parseMode } from '../../lib/interpreter/mode.js';

describe('parseMode', () => {
  it.each([
    ['755', 0o640, false, 0o755],
    ['4711', 0o640, false, 0o4711],
    ['0', 0o640, false, 0],
    ['u=rwX,go=rX', 0o600, false, 0o644],
    ['u=rwX,go=rX', 0o600, true, 0o755],
    ['+x', 0o640, false, 0o751],
    ['-x+w', 0o755, false, 0o666],
    ['a-x', 0o755, false, 0o644],
    ['go=', 0o755, false, 0o700],
    ['g=u', 0o740, false, 0o770],
    ['u=g,g=o', 0o754, false, 0o544],
    ['o-r,+t', 0o644, false, 0o1640],
    ['o+t', 0o644, false, 0o644],
    ['u+s,g+s', 0o755, false, 0o6755],
    ['o+s', 0o755, false, 0o755],
    ['u+X', 0o644, false, 0o644],
    ['u+X', 0o645, false, 0o745],
    ['u=rw', 0o4755, false, 0o655],
  ])('%s of %o (directory: %s) gives %o', (text, mode, isDirectory, expected) =>
    expect(parseMode(text).apply(mode, isDirectory)).toBe(expected),
  );

  it.each(['', '8', '99', '10000', '0o755', 'x', 'u', 'u+q', 'u+x,', 'rwx', '-1'])('refuses %j', (text) =>
    expect(() => parseMode(text)).toThrow(/--chmod=/),
  );
});
