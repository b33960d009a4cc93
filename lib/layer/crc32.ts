// The checksum of gzip: zlib's where this Node.js offers it (22.2, 20.15), else by table.
import zlib from 'node:zlib';

type Crc32 = (data: Buffer, value: number) => number;

/** The CRC-32 of what came before (`value`, 0 at first) followed by `data`. */
export const crc32: Crc32 = (zlib as { crc32?: Crc32 }).crc32 ?? crc32ByTable;

const table = Int32Array.from({ length: 256 }, (_, index) => {
  let value = index;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? 0xedb88320 ^ (value >>> 1) : value >>> 1;
  return value;
});

export function crc32ByTable(data: Buffer, value: number): number {
  let crc = ~value;
  for (const byte of data) crc = table[(crc ^ byte) & 0xff]! ^ (crc >>> 8);
  return ~crc >>> 0;
}
