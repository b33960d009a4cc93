import { parseGoDuration } from '../../lib/dockerfile/duration.js';

describe('parseGoDuration', () => {
  it.each([
    ['0', 0],
    ['1ns', 1],
    ['1.5us', 1500],
    ['2µs', 2000],
    ['30s', 30e9],
    ['1m30s', 90e9],
    ['336h0m0s', 336 * 3600e9],
    ['-1.5h', -5400e9],
    ['.5s', 5e8],
  ])('%s', (text, nanoseconds) => {
    expect(parseGoDuration(text)).toBe(nanoseconds);
  });

  it.each(['', '1', 's', '1 s', '1d', '1.2.3s', 'abc', '1s2'])('refuses %j', (text) => {
    expect(parseGoDuration(text)).toBeUndefined();
  });
});
