import fc from 'fast-check';
import { crc32, crc32ByTable } from '../../lib/layer/crc32.js';
import { deviceNumbers, deviceOf } from '../../lib/layer/device.js';
import type { Entry } from '../../lib/layer/entry.js';
import { decodePaxTime, encodePaxTime } from '../../lib/layer/pax.js';
import { createTarReader } from '../../lib/layer/read-tar.js';
import { encodeHeader, trailer } from '../../lib/layer/tar-header.js';
import { decodePath } from '../../lib/rootfs/byte-path.js';

const component = fc
  .uint8Array({ minLength: 1, maxLength: 120 })
  .map((bytes) => decodePath(Buffer.from(bytes.filter((byte) => byte !== 0 && byte !== 0x2f))))
  .filter((name) => !['', '.', '..'].includes(name));
const path = fc.array(component, { minLength: 1, maxLength: 4 }).map((parts) => parts.join('/'));
const id = fc.nat(0xffffffff);
const entry: fc.Arbitrary<Entry> = fc
  .record({
    path,
    type: fc.constantFrom('file', 'directory', 'symlink', 'link', 'character-device', 'block-device', 'fifo'),
    mode: fc.nat(0o7777),
    uid: id,
    gid: id,
    size: fc.oneof(fc.nat(), fc.constantFrom(0o77777777777, 0o77777777777 + 1, 2 ** 50)),
    modified: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n }),
    linkName: path,
    xattrs: fc.uniqueArray(
      fc.tuple(
        fc.constantFrom('security.capability', 'user.a', 'user.ü', 'user.with space'),
        fc.uint8Array().map((bytes) => Buffer.from(bytes)),
      ),
      { selector: ([name]) => name },
    ),
    major: fc.nat(0xfff),
    minor: fc.nat(0xfffff),
  })
  .map((one) => {
    const { linkName, major, minor, size, ...rest } = one as Required<Entry>;
    const xattrs = rest.xattrs.sort(([a], [b]) => (a < b ? -1 : 1));
    const made: Entry = { ...rest, xattrs, size: one.type === 'file' ? size : 0 };
    if (one.type === 'link' || one.type === 'symlink') made.linkName = linkName;
    if (one.type.endsWith('device')) Object.assign(made, { major, minor });
    return made;
  });

describe('a header', () => {
  it('says all of an entry, and is read back whatever the pieces it comes in', () => {
    fc.assert(
      fc.property(entry, fc.integer({ min: 1, max: 700 }), (one, step) => {
        const seen: Entry[] = [];
        const reader = createTarReader({
          onEntry: (found) => seen.push(found),
          onData() {},
          onEntryEnd() {},
        });
        const bytes = encodeHeader(one);
        expect(bytes.length % 512).toBe(0);
        for (let at = 0; at < bytes.length; at += step) reader.push(bytes.subarray(at, at + step));
        expect(seen).toEqual([one]);
        expect(encodeHeader(seen[0]!)).toEqual(bytes);
      }),
      { numRuns: 500 },
    );
  });

  it('is refused with any bit of it flipped, or read as it is', () => {
    const bytes = encodeHeader({
      path: 'a/file',
      type: 'file',
      mode: 0o644,
      uid: 1,
      gid: 2,
      size: 0,
      modified: 3n,
      xattrs: [],
    });
    const header = bytes.subarray(-512);
    for (let bit = 0; bit < 8 * 512; bit++) {
      const damaged = Buffer.from(header);
      damaged[bit >> 3]! ^= 1 << (bit & 7);
      const reader = createTarReader({ onEntry() {}, onData() {}, onEntryEnd() {} });
      // In the checksum's own field a flipped bit can make a space of a digit's padding.
      if (bit >> 3 >= 148 && bit >> 3 < 156) continue;
      expect(() => reader.push(Buffer.concat([damaged, trailer()]))).toThrow();
    }
  });
});

describe('small codecs', () => {
  it('keep times, device numbers and checksums', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(2n ** 70n), max: 2n ** 70n }), (time) => {
        expect(decodePaxTime(encodePaxTime(time))).toBe(time);
      }),
    );
    expect(encodePaxTime(-1_500_000_000n)).toBe('-1.5');
    fc.assert(
      fc.property(id, id, (major, minor) => {
        expect(deviceNumbers(deviceOf(major, minor))).toEqual({ major, minor });
      }),
    );
    fc.assert(
      fc.property(fc.uint8Array(), fc.uint8Array(), (one, two) => {
        const [a, b] = [Buffer.from(one), Buffer.from(two)];
        expect(crc32ByTable(b, crc32ByTable(a, 0))).toBe(crc32(Buffer.concat([a, b]), 0));
      }),
    );
  });
});
