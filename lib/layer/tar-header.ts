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

const typeFlags: Record<EntryType | 'pax-header', string> = {
  file: '0',
  link: '1',
  symlink: '2',
  'character-device': '3',
  'block-device': '4',
  directory: '5',
  fifo: '6',
  'pax-header': 'x',
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
  if (!isUtf8(name) || (link !== undefined && !isUtf8(link))) records.set('hdrcharset', 'BINARY');
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
  const header = encodeUstar(fields);
  if (records.size === 0) return header;
  const body = encodePax(records);
  const paxHeader = encodeUstar({
    ...fields,
    type: 'pax-header',
    name: placeholder,
    prefix: nothing,
    link: nothing,
    size: body.length,
    major: 0,
    minor: 0,
  });
  return Buffer.concat([paxHeader, body, padding(body.length), header]);
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

function encodeUstar(fields: UstarFields): Buffer {
  const block = Buffer.alloc(blockSize);
  const octal = (value: number, at: number, digits: number) =>
    block.write(value.toString(8).padStart(digits, '0'), at, 'latin1');
  fields.name.copy(block, 0);
  octal(fields.mode & 0o7777, 100, 7);
  octal(fields.uid, 108, 7);
  octal(fields.gid, 116, 7);
  octal(fields.size, 124, 11);
  octal(fields.seconds, 136, 11);
  block.write('        ', 148, 'latin1');
  block.write(typeFlags[fields.type], 156, 'latin1');
  fields.link.copy(block, 157);
  block.write('ustar\x0000', 257, 'latin1');
  octal(fields.major, 329, 7);
  octal(fields.minor, 337, 7);
  fields.prefix.copy(block, 345);
  let sum = 0;
  for (const byte of block) sum += byte;
  octal(sum, 148, 6);
  block[154] = 0;
  return block;
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
