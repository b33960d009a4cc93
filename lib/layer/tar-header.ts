// An entry's header as bytes: a ustar header and, for what that has no room for, a PAX header before it.
// POSIX.1-2001 pax, "ustar Interchange Format". Why this is not left to tar-stream: docs/layers.md.
import { isAscii, isUtf8 } from 'node:buffer';
import { pathBytes } from '../rootfs/byte-path.js';
import type { Entry, EntryType } from './entry.js';
import { encodePax, encodePaxTime } from './pax.js';

/** Tar comes in blocks of this many bytes. */
export const blockSize = 512;
/** The prefix of a PAX record that holds an extended attribute. */
export const xattrPrefix = 'SCHILY.xattr.';

const largestId = 0o7777777;
/** Of a size in bytes, or of a time in seconds. */
const largestNumber = 0o77777777777;
const nanosecondsASecond = 1_000_000_000n;
const endOfArchive = Buffer.alloc(2 * blockSize);

const typeFlags: Record<EntryType | 'pax-header', number> = {
  file: 0x30,
  link: 0x31,
  symlink: 0x32,
  'character-device': 0x33,
  'block-device': 0x34,
  directory: 0x35,
  fifo: 0x36,
  'pax-header': 0x78,
};

/** The header, PAX header included, in whole blocks. The content follows it, padded to whole blocks. */
export function encodeHeader(entry: Entry): Buffer {
  const records = new Map<string, Buffer | string>();
  const name = pathBytes(entryName(entry));
  const link = entry.linkName === undefined ? undefined : pathBytes(entry.linkName);
  const place = splitName(name);
  const seconds = Number(entry.modified / nanosecondsASecond);
  if (place === undefined) records.set('path', name);
  if (link !== undefined && (!isAscii(link) || link.length > 100)) records.set('linkpath', link);
  if ((place === undefined && !isUtf8(name)) || (link !== undefined && !isUtf8(link)))
    records.set('hdrcharset', 'BINARY');
  if (entry.uid > largestId) records.set('uid', String(entry.uid));
  if (entry.gid > largestId) records.set('gid', String(entry.gid));
  if (entry.size > largestNumber) records.set('size', String(entry.size));
  if (entry.modified < 0n || seconds > largestNumber || entry.modified % nanosecondsASecond !== 0n)
    records.set('mtime', encodePaxTime(entry.modified));
  for (const [key, value] of entry.xattrs) records.set(xattrPrefix + key, value);

  const fields: UstarFields = {
    type: entry.type,
    name: place?.name ?? placeholder,
    prefix: place?.prefix ?? nothing,
    link: records.has('linkpath') ? placeholder : (link ?? nothing),
    mode: entry.mode,
    uid: records.has('uid') ? 0 : entry.uid,
    gid: records.has('gid') ? 0 : entry.gid,
    size: records.has('size') ? 0 : entry.size,
    seconds: seconds < 0 || seconds > largestNumber ? 0 : seconds,
    major: entry.major ?? 0,
    minor: entry.minor ?? 0,
  };
  if (records.size === 0) {
    const header = Buffer.allocUnsafe(blockSize);
    writeUstar(header, 0, fields);
    return header;
  }
  const body = encodePax(records);
  const end = blockSize + body.length + padding(body.length).length;
  const headers = Buffer.allocUnsafe(end + blockSize);
  writeUstar(headers, 0, {
    ...fields,
    type: 'pax-header',
    name: placeholder,
    prefix: nothing,
    link: nothing,
    size: body.length,
    major: 0,
    minor: 0,
  });
  headers.set(body, blockSize);
  headers.fill(0, blockSize + body.length, end);
  writeUstar(headers, end, fields);
  return headers;
}

interface UstarFields {
  type: EntryType | 'pax-header';
  name: Buffer;
  prefix: Buffer;
  link: Buffer;
  mode: number;
  uid: number;
  gid: number;
  size: number;
  seconds: number;
  major: number;
  minor: number;
}

/** Written by hand, digit by digit: this is done once or twice for every file of a layer. */
function writeUstar(target: Buffer, start: number, fields: UstarFields): void {
  const block = target.subarray(start, start + blockSize);
  block.fill(0);
  block.set(fields.name, 0);
  writeOctal(block, fields.mode & 0o7777, 100, 7);
  writeOctal(block, fields.uid, 108, 7);
  writeOctal(block, fields.gid, 116, 7);
  writeOctal(block, fields.size, 124, 11);
  writeOctal(block, fields.seconds, 136, 11);
  block.fill(space, 148, 156);
  block[156] = typeFlags[fields.type];
  block.set(fields.link, 157);
  block.set(magic, 257);
  writeOctal(block, fields.major, 329, 7);
  writeOctal(block, fields.minor, 337, 7);
  block.set(fields.prefix, 345);
  let sum = 0;
  for (let at = 0; at < blockSize; at++) sum += block[at]!;
  writeOctal(block, sum, 148, 6);
  block[154] = 0;
}

const space = 0x20;
const zero = 0x30;
const magic = Buffer.from('ustar\x0000');

function writeOctal(block: Buffer, value: number, start: number, digits: number): void {
  let rest = value;
  for (let at = start + digits - 1; at >= start; at--) {
    // Sizes and times have more bits than the operators for bits have.
    const next = Math.floor(rest / 8);
    block[at] = zero + rest - next * 8;
    rest = next;
  }
}

/** The zeros that fill the last block of this many bytes. */
export function padding(size: number): Buffer {
  return endOfArchive.subarray(0, (blockSize - (size % blockSize)) % blockSize);
}

/** What ends a tar. */
export function trailer(): Buffer {
  return endOfArchive;
}

/** The name in the tar: a directory's ends in a slash. */
function entryName({ path, type }: { path: string; type: EntryType }): string {
  if (path === '') return './';
  return type === 'directory' ? `${path}/` : path;
}

/** What a ustar field says where a PAX record holds the real name. */
const placeholder = Buffer.from('PaxHeader');
const nothing = Buffer.alloc(0);

/** The name as ustar's prefix of 155 and name of 100 bytes; undefined where it does not fit. */
function splitName(name: Buffer): { prefix: Buffer; name: Buffer } | undefined {
  if (!isAscii(name)) return undefined;
  if (name.length <= 100) return { prefix: nothing, name };
  const slash = name.indexOf('/', name.length - 101);
  if (slash < 1 || slash > 155 || slash === name.length - 1) return undefined;
  return { prefix: name.subarray(0, slash), name: name.subarray(slash + 1) };
}
