import fc from 'fast-check';
import { decodePath, encodePath, pathBytes } from '../../lib/rootfs/byte-path.js';

describe('byte paths', () => {
  it('keep every byte of every name', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
        expect(pathBytes(decodePath(Buffer.from(bytes)))).toEqual(Buffer.from(bytes));
      }),
      { numRuns: 5000 },
    );
  });

  it('keep what looks like an encoded surrogate, and a real U+FFFD', () => {
    for (const bytes of [
      [0xed, 0xb2, 0x80],
      [0xef, 0xbf, 0xbd],
      [0xef, 0xbf, 0xbd, 0xff],
      [0xc3],
      [0xf0, 0x9f, 0x98],
    ]) {
      expect(pathBytes(decodePath(Buffer.from(bytes)))).toEqual(Buffer.from(bytes));
    }
  });

  it('stay plain strings where UTF-8 can say the name', () => {
    expect(decodePath(Buffer.from('grüße 😀'))).toBe('grüße 😀');
    expect(encodePath('grüße 😀')).toBe('grüße 😀');
    expect(encodePath(decodePath(Buffer.from([0x61, 0xff])))).toEqual(Buffer.from([0x61, 0xff]));
  });
});
