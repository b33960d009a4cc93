// Packs what lies in a rootfs into a tar, synchronously, in chunks of a fixed size.
import fs from 'node:fs';
import { decodePath, encodePath } from '../rootfs/byte-path.js';
import { deviceNumbers } from './device.js';
import type { Entry, EntryType } from './entry.js';
import { layerRefusal } from './layer-refusal.js';
import { entryPath, type PlannedEntry } from './plan-layer.js';
import { encodeHeader, padding, trailer } from './tar-header.js';
import { portableXattrs } from './xattrs.js';

export interface PackOptions {
  rootfs: string;
  entries: readonly PlannedEntry[];
  /** Nanoseconds since the epoch; later modification times are set back to it. */
  latest: bigint | undefined;
  /** Gives the buffer for the next chunk; may block until one is free. */
  nextBuffer: () => Buffer;
  /** Told of each path that was left out, with the reason as a sentence. */
  onNote: (note: string) => void;
}

/**
 * The tar of the entries, as the filled part of each buffer that `nextBuffer` gave; all but the last are full.
 * @throws Error with a sentence where a file vanishes or changes meanwhile, has holes of more than 4 GiB or too long a path
 */
export function* packEntries(options: PackOptions): Generator<Buffer> {
  const root = options.rootfs === '/' ? '' : options.rootfs;
  const linked = new Map<string, string>();
  let chunk = options.nextBuffer();
  let filled = 0;

  function* put(bytes: Buffer): Generator<Buffer> {
    for (let at = 0; at < bytes.length; ) {
      const copied = bytes.copy(chunk, filled, at);
      at += copied;
      filled += copied;
      if (filled === chunk.length) yield* next();
    }
  }
  function* next(): Generator<Buffer> {
    yield chunk;
    chunk = options.nextBuffer();
    filled = 0;
  }
  /** Copies what the file held when its header was made; one that is shorter by now cannot be packed. */
  function* putContent(fd: number, path: string, size: number): Generator<Buffer> {
    for (let left = size; left > 0; ) {
      const read = fs.readSync(fd, chunk, filled, Math.min(left, chunk.length - filled), null);
      if (read === 0) throw changedMeanwhile(path);
      left -= read;
      filled += read;
      if (filled === chunk.length) yield* next();
    }
    yield* put(padding(size));
  }

  for (const planned of options.entries) {
    const place = entryPath(planned);
    if (planned.whiteout) {
      yield* put(encodeHeader({ ...whiteout, path: place }));
      continue;
    }
    const file = `${root}/${place}`;
    const stat = lstat(file, place);
    const type = entryType(stat);
    if (type === undefined) {
      options.onNote(`/${place} is a socket: layers have none, so it is left out.`);
      continue;
    }
    const entry: Entry = {
      path: place,
      type,
      mode: Number(stat.mode) & 0o7777,
      uid: Number(stat.uid),
      gid: Number(stat.gid),
      size: 0,
      modified: options.latest !== undefined && stat.mtimeNs > options.latest ? options.latest : stat.mtimeNs,
      xattrs: [],
    };
    if (type !== 'directory' && stat.nlink > 1n) {
      const inode = `${stat.dev}:${stat.ino}`;
      const first = linked.get(inode);
      if (first !== undefined) {
        yield* put(encodeHeader({ ...entry, type: 'link', linkName: first }));
        continue;
      }
      linked.set(inode, place);
    }
    entry.xattrs = portableXattrs(file);
    if (type === 'symlink') entry.linkName = readLink(file);
    if (type === 'character-device' || type === 'block-device')
      Object.assign(entry, deviceNumbers(stat.rdev));
    if (type !== 'file') {
      yield* put(encodeHeader(entry));
      continue;
    }
    refuseHugeHoles(place, stat);
    entry.size = Number(stat.size);
    const fd = fs.openSync(
      encodePath(file),
      fs.constants.O_RDONLY | fs.constants.O_NOFOLLOW | fs.constants.O_NONBLOCK,
    );
    try {
      yield* put(encodeHeader(entry));
      yield* putContent(fd, place, entry.size);
      const after = fs.fstatSync(fd, { bigint: true });
      if (after.ctimeNs !== stat.ctimeNs || after.ino !== stat.ino) throw changedMeanwhile(place);
    } finally {
      fs.closeSync(fd);
    }
  }
  yield* put(trailer());
  if (filled > 0) yield chunk.subarray(0, filled);
}

/** What every whiteout says of itself: nothing that differs from one run to the next. */
const whiteout: Omit<Entry, 'path'> = {
  type: 'file',
  mode: 0,
  uid: 0,
  gid: 0,
  size: 0,
  modified: 0n,
  xattrs: [],
};

function lstat(file: string, place: string): fs.BigIntStats {
  try {
    return fs.lstatSync(encodePath(file), { bigint: true });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENAMETOOLONG') throw tooLong(place);
    if (code !== 'ENOENT') throw error;
    throw new Error(
      `/${place} vanished before it was written to the layer: something else is at work in ${file}.`,
    );
  }
}

function tooLong(place: string): Error {
  return layerRefusal(
    `The path that begins with /${place.slice(0, 100)} is too long: with that of the root filesystem it has more than ` +
      'the 4095 bytes that Linux takes. Use fewer or shorter directories, or remove it in the same RUN.',
  );
}

/** Undefined: a socket. */
function entryType(stat: fs.BigIntStats): EntryType | undefined {
  if (stat.isFile()) return 'file';
  if (stat.isDirectory()) return 'directory';
  if (stat.isSymbolicLink()) return 'symlink';
  if (stat.isCharacterDevice()) return 'character-device';
  if (stat.isBlockDevice()) return 'block-device';
  if (stat.isFIFO()) return 'fifo';
  return undefined;
}

const readLink = (file: string) => decodePath(fs.readlinkSync(encodePath(file), { encoding: 'buffer' }));

function changedMeanwhile(place: string): Error {
  return new Error(
    `/${place} changed while it was written to the layer: stop what writes to it, or leave it out, and try again.`,
  );
}

/** Layers cannot say that a file has holes; what is mostly hole would be written as so many zeros. */
const largestHoles = 4 * 1024 ** 3;

function refuseHugeHoles(place: string, stat: fs.BigIntStats): void {
  const holes = Number(stat.size) - Number(stat.blocks) * 512;
  if (holes <= largestHoles) return;
  throw layerRefusal(
    `/${place} has a size of ${stat.size} bytes, almost all of it holes, and a layer would hold them as zeros. ` +
      'This comes of useradd with a large uid: call it with -l (--no-log-init); else remove the file in the same RUN.',
  );
}
