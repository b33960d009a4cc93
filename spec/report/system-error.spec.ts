import { describeError } from '../../lib/report/system-error.js';

describe('an error of a system call', () => {
  it.each([
    ['ENOSPC: no space left on device, write', /device, write\. The disk is full/],
    ["EPERM: operation not permitted, unlink '/r/a'", /'\/r\/a'\. .*immutable or append-only/],
    ["EROFS: read-only file system, mkdir '/r/a'", /mount it writable\.$/],
    [`ENAMETOOLONG: name too long, mkdir '/${'a'.repeat(5000)}'`, /^ENAMETOOLONG: .{380,390}…\. Linux takes/],
    ["EINVAL: invalid argument, lchown '/r/a'", /user namespace .* no such user .*subuid/],
  ])('%.20s says what to do', (message, expected) => {
    expect(describeError(new Error(message))).toMatch(expected);
  });

  it('is left alone where it is a sentence, or says enough', () => {
    for (const message of [
      'Nothing is there.',
      'EINVAL: invalid argument, mount',
      "ENOENT: no such file or directory, open '/r/a'",
    ])
      expect(describeError(new Error(message))).toBe(message);
  });
});
