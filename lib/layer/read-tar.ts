// Reads a tar that is pushed in by chunks: ustar, PAX and GNU headers in, entries and their content out.
// Everything that could mean one thing here and another elsewhere is refused.
import { posix } from 'node:path';
import { decodePath } from '../rootfs/byte-path.js';
import type { Entry, EntryType } from './entry.js';
import { decodePax, decodePaxTime } from './pax.js';
import { blockSize, xattrPrefix } from './tar-header.js';

export interface TarVisitor {
  /**
   * Whether it is read as a tar that is no layer: names may begin with a slash and hold `..`, if they do not
   * lead out, and the zeros at the end may be missing.
   */
  lenient?: boolean;
  onEntry(entry: Entry): void;
  /** Content of the entry before, in one or more pieces; the memory is only lent. */
  onData(bytes: Buffer): void;
  /** The entry before is complete; called for those without content too. */
  onEntryEnd(): void;
}

export interface TarReader {
  push(bytes: Buffer): void;
  /** @throws Error where the tar ends before its end */
  end(): void;
}

/** Headers that say something of the next entry, all of them together. Go's reader has this limit for each. */
const largestMetadata = 1024 * 1024;
/** Linux takes no longer path; what names more directories than that only costs memory. */
const longestName = 4096;
const entryTypes: Record<string, EntryType> = {
  '\0': 'file',
  '0': 'file',
  '1': 'link',
  '2': 'symlink',
  '3': 'character-device',
  '4': 'block-device',
  '5': 'directory',
  '6': 'fifo',
  '7': 'file',
};

/** A reader that calls the visitor, synchronously, as the bytes come in. */
export function createTarReader(visitor: TarVisitor): TarReader {
  const header = Buffer.alloc(blockSize);
  let headerFilled = 0;
  let state: 'header' | 'content' | 'metadata' | 'padding' | 'ended' = 'header';
  let left = 0;
  let paddingLeft = 0;
  let metadataFlag = '';
  let metadata: Buffer[] = [];
  let extendedSize = 0;
  let globalSize = 0;
  let global = new Map<string, Buffer>();
  let extended = new Map<string, Buffer>();

  function startEntry(): void {
    const flag = String.fromCharCode(header[156]!);
    if (isZero(header)) {
      state = 'ended';
      return;
    }
    verifyChecksum(header);
    if ('xgLK'.includes(flag)) {
      left = number(header, 124, 12);
      if (flag === 'g') globalSize += left;
      else extendedSize += left;
      if (globalSize + extendedSize > largestMetadata)
        throw new Error('the headers of an entry are longer than 1 MiB');
      paddingLeft = paddingOf(left);
      metadataFlag = flag;
      metadata = [];
      state = left > 0 ? 'metadata' : 'header';
      return;
    }
    const type = entryTypes[flag];
    if (type === undefined) throw new Error(`an entry is of type '${flag}', which layers do not have`);
    const entry = decodeEntry(
      header,
      type,
      new Map([...global, ...extended]),
      visitor.lenient ? normalName : cleanName,
    );
    extended = new Map();
    extendedSize = 0;
    visitor.onEntry(entry);
    left = entry.size;
    paddingLeft = paddingOf(left);
    state = left > 0 ? 'content' : 'header';
    if (left === 0) visitor.onEntryEnd();
  }

  function endMetadata(): void {
    const body = Buffer.concat(metadata);
    if (metadataFlag === 'x') extended = new Map([...extended, ...decodePax(body)]);
    else if (metadataFlag === 'g') global = new Map([...global, ...decodePax(body)]);
    else extended.set(metadataFlag === 'L' ? 'path' : 'linkpath', untilNul(body));
  }

  return {
    push(bytes) {
      for (let at = 0; at < bytes.length; ) {
        if (state === 'ended') return;
        if (state === 'header') {
          const copied = bytes.copy(header, headerFilled, at);
          at += copied;
          headerFilled += copied;
          if (headerFilled < blockSize) return;
          headerFilled = 0;
          startEntry();
          continue;
        }
        const taken = Math.min(state === 'padding' ? paddingLeft : left, bytes.length - at);
        const piece = bytes.subarray(at, at + taken);
        at += taken;
        if (state === 'padding') {
          paddingLeft -= taken;
          if (paddingLeft === 0) state = 'header';
          continue;
        }
        left -= taken;
        if (state === 'content') visitor.onData(piece);
        else metadata.push(Buffer.from(piece));
        if (left > 0) continue;
        if (state === 'content') visitor.onEntryEnd();
        else endMetadata();
        state = paddingLeft > 0 ? 'padding' : 'header';
      }
    },
    end() {
      const endsBetweenEntries = state === 'header' && headerFilled === 0;
      if (state !== 'ended' && !(visitor.lenient && endsBetweenEntries)) throw new Error('it is cut short');
    },
  };
}

function decodeEntry(
  header: Buffer,
  type: EntryType,
  records: ReadonlyMap<string, Buffer>,
  nameOf: (bytes: Buffer) => string,
): Entry {
  const text = (key: string) => records.get(key)?.toString('latin1');
  const id = (key: string, at: number) => decimal(text(key)) ?? number(header, at, 8);
  if ([...records.keys()].some((key) => key.startsWith('GNU.sparse.')))
    throw new Error('an entry is a sparse file, which layers do not have');
  const name = records.get('path') ?? ustarName(header);
  const isFile = type === 'file';
  const isDirectory = type === 'directory' || (isFile && name.at(-1) === 0x2f);
  const size = decimal(text('size')) ?? number(header, 124, 12);
  const time = text('mtime');
  const modified =
    time === undefined ? BigInt(number(header, 136, 12)) * 1_000_000_000n : decodePaxTime(time);
  if (modified === undefined) throw new Error(`a modification time is ${time}`);
  const entry: Entry = {
    path: nameOf(name),
    type: isDirectory ? 'directory' : type,
    mode: number(header, 100, 8) & 0o7777,
    uid: id('uid', 108),
    gid: id('gid', 116),
    size: isFile && !isDirectory ? size : 0,
    modified,
    xattrs: [],
  };
  for (const [key, value] of records) {
    if (key.startsWith(xattrPrefix)) entry.xattrs.push([key.slice(xattrPrefix.length), value]);
  }
  if (type === 'symlink' || type === 'link') {
    const link = records.get('linkpath') ?? untilNul(header.subarray(157, 257));
    if (link.length === 0 || link.includes(0)) throw new Error(`${entry.path} is a link to nothing`);
    entry.linkName = type === 'link' ? nameOf(link) : decodePath(link);
  }
  if (type === 'character-device' || type === 'block-device') {
    entry.major = number(header, 329, 8);
    entry.minor = number(header, 337, 8);
  }
  return entry;
}

/** A name without `.`, doubled or trailing slashes. */
function cleanName(bytes: Buffer): string {
  const name = decodePath(bytes);
  checkName(name);
  if (name.startsWith('/')) throw new Error(`the name ${name} is absolute`);
  const parts = name.split('/').filter((part) => part !== '' && part !== '.');
  if (parts.includes('..')) throw new Error(`the name ${name} leads out with ".."`);
  return parts.join('/');
}

function checkName(name: string): void {
  if (name === '' || name.includes('\0')) throw new Error('an entry has no name');
  if (name.length > longestName)
    throw new Error(`a name is longer than ${longestName} characters: ${name.slice(0, 60)}…`);
}

/** The same for a name that is taken from the root of the tar, `..` and all. */
function normalName(bytes: Buffer): string {
  const name = decodePath(bytes);
  checkName(name);
  const normal = posix.normalize(name);
  if (normal === '..' || normal.startsWith('../')) throw new Error(`the name ${name} leads out with ".."`);
  return posix.resolve('/', normal).slice(1);
}

function ustarName(header: Buffer): Buffer {
  const name = untilNul(header.subarray(0, 100));
  const isUstar = header.toString('latin1', 257, 263) === 'ustar\0';
  if (!isUstar || header[345] === 0) return name;
  return Buffer.concat([untilNul(header.subarray(345, 500)), Buffer.from('/'), name]);
}

function verifyChecksum(header: Buffer): void {
  let sum = 8 * 0x20;
  for (let at = 0; at < blockSize; at++) if (at < 148 || at >= 156) sum += header[at]!;
  if (sum !== number(header, 148, 8)) throw new Error('a header has a wrong checksum');
}

/** An octal number, or one in base 256 where the first bit says so. */
function number(header: Buffer, at: number, length: number): number {
  const field = header.subarray(at, at + length);
  let value = 0;
  if (field[0]! & 0x80) {
    const negative = (field[0]! & 0x40) !== 0;
    let sum = negative ? -1n : 0n;
    for (const [index, byte] of field.entries()) {
      sum = (sum << 8n) | BigInt(index === 0 ? (negative ? byte : byte & 0x7f) : byte);
    }
    value = Number(sum);
  } else {
    const text = untilNul(field).toString('latin1').trim();
    value = text === '' ? 0 : /^[0-7]+$/.test(text) ? Number.parseInt(text, 8) : Number.NaN;
  }
  if (!Number.isSafeInteger(value) || (value < 0 && at !== 136))
    throw new Error('a header holds a wrong number');
  return value;
}

function decimal(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(value))
    throw new Error('a PAX header holds a wrong number');
  return value;
}

function untilNul(bytes: Buffer): Buffer {
  const end = bytes.indexOf(0);
  return end < 0 ? bytes : bytes.subarray(0, end);
}

const isZero = (block: Buffer) => block.every((byte) => byte === 0);
const paddingOf = (size: number) => (blockSize - (size % blockSize)) % blockSize;
