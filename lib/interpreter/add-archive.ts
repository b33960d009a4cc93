// ADD of a tar: recognised by content, unpacked into a directory by the rules of moby's archive package.
// https://github.com/moby/go-archive
import fs from 'node:fs';
import { posix } from 'node:path';
import { deviceOf } from '../layer/device.js';
import type { Entry } from '../layer/entry.js';
import { applyMetadata } from '../layer/metadata.js';
import { createTarReader } from '../layer/read-tar.js';
import type { Logger } from '../report/logger.js';
import { encodePath } from '../rootfs/byte-path.js';
import { removeTree } from '../rootfs/remove-tree.js';
import { resolveInRoot } from '../rootfs/resolve.js';
import { makeNode, setTimes } from '../rootfs/syscalls.js';
import { type ArchiveCompression, decompress, detectArchiveCompression, magicLength } from './decompress.js';
import { makeDirectories } from './make-directories.js';
import type { Ownership } from './ownership.js';

const headerSize = 512;
const checksumAt = 148;
const checksumLength = 8;

/**
 * How a regular file is compressed if it is a tar, undefined if it is none: what cannot be decompressed is no
 * tar, and neither is an empty one.
 * @param file absolute host path.
 */
export async function detectArchive(file: string): Promise<ArchiveCompression | undefined> {
  const compression = detectArchiveCompression(readStart(file, magicLength));
  let start = Buffer.alloc(0);
  try {
    for await (const chunk of decompress(fs.createReadStream(encodePath(file)), compression)) {
      start = Buffer.concat([start, chunk]);
      if (start.length >= headerSize) break;
    }
  } catch {
    return undefined;
  }
  return isTarHeader(start) ? compression : undefined;
}

/**
 * Unpacks a tar into a directory. Every name and link is resolved inside that directory; a directory merges
 * with one that is there, everything else replaces what is there.
 * @param directory absolute host path.
 * @param owner of every entry; absent: the archive's.
 * @throws Error naming the archive, and the entry where it stopped.
 */
export async function unpackArchive({
  file,
  label,
  compression,
  directory,
  owner,
  logger,
  signal,
}: {
  file: string;
  label: string;
  compression: ArchiveCompression;
  directory: string;
  owner?: Ownership | undefined;
  logger: Logger;
  signal: AbortSignal;
}): Promise<void> {
  const unpacking = startUnpacking(directory, owner, logger);
  const reader = createTarReader({ ...unpacking, lenient: true });
  try {
    for await (const chunk of decompress(fs.createReadStream(encodePath(file)), compression)) {
      signal.throwIfAborted();
      reader.push(chunk);
    }
    reader.end();
    unpacking.finish();
  } catch (error) {
    unpacking.abort();
    signal.throwIfAborted();
    const entry = unpacking.current() === '' ? '' : ` at its entry '${unpacking.current()}'`;
    throw new Error(`The archive '${label}' cannot be unpacked${entry}: ${(error as Error).message}`, {
      cause: error,
    });
  }
}

function startUnpacking(root: string, owner: Ownership | undefined, logger: Logger) {
  let current = '';
  let open: { fd: number; target: string; entry: Entry } | undefined;
  const directories: { target: string; modified: bigint }[] = [];

  const targetOf = (path: string): string => {
    const parent = posix.dirname(`/${path}`);
    makeDirectories({ root, path: parent, mode: 0o755, owner: { uid: 0, gid: 0 } });
    return resolveInRoot({ root, path, followLast: false });
  };

  const place = (entry: Entry): void => {
    const target = targetOf(entry.path);
    const existing = fs.lstatSync(encodePath(target), { throwIfNoEntry: false });
    const merges = entry.type === 'directory' && existing?.isDirectory() === true;
    if (existing !== undefined && !merges) removeTree(target);
    switch (entry.type) {
      case 'directory':
        if (!merges) fs.mkdirSync(encodePath(target), 0o700);
        directories.push({ target, modified: entry.modified });
        break;
      case 'file':
        open = { fd: fs.openSync(encodePath(target), 'wx', 0o600), target, entry };
        return;
      case 'link': {
        const source = resolveInRoot({ root, path: entry.linkName!, followLast: false });
        fs.linkSync(encodePath(source), encodePath(target));
        return;
      }
      case 'symlink':
        fs.symlinkSync(encodePath(entry.linkName!), encodePath(target));
        break;
      case 'fifo':
        makeNode(target, fs.constants.S_IFIFO | 0o600, 0n);
        break;
      default: {
        const type = entry.type === 'block-device' ? fs.constants.S_IFBLK : fs.constants.S_IFCHR;
        makeNode(target, type | 0o600, deviceOf(entry.major!, entry.minor!));
      }
    }
    applyMetadata(target, entry, logger);
  };

  return {
    current: () => current,
    onEntry(entry: Entry): void {
      current = entry.path;
      // The archive's own root says nothing of the directory that it is unpacked into.
      if (entry.path !== '') place({ ...entry, ...owner });
    },
    onData(bytes: Buffer): void {
      for (let at = 0; open !== undefined && at < bytes.length; ) at += fs.writeSync(open.fd, bytes, at);
    },
    onEntryEnd(): void {
      if (open === undefined) return;
      const { fd, target, entry } = open;
      open = undefined;
      fs.closeSync(fd);
      applyMetadata(target, entry, logger);
    },
    /** Sets the times of directories, which their children's making moved. */
    finish(): void {
      for (const { target, modified } of directories) {
        const stats = fs.lstatSync(encodePath(target), { throwIfNoEntry: false });
        if (stats?.isDirectory()) setTimes(target, modified, modified);
      }
    },
    abort(): void {
      if (open !== undefined) fs.closeSync(open.fd);
      open = undefined;
    },
  };
}

function readStart(file: string, length: number): Buffer {
  const fd = fs.openSync(encodePath(file), 'r');
  try {
    const start = Buffer.alloc(length);
    return start.subarray(0, fs.readSync(fd, start, 0, length, 0));
  } finally {
    fs.closeSync(fd);
  }
}

/** Whether a block has the checksum that a tar's header has. */
function isTarHeader(block: Buffer): boolean {
  if (block.length < headerSize) return false;
  const stored = /^ *([0-7]+)[ \0]/.exec(block.toString('latin1', checksumAt, checksumAt + checksumLength));
  if (stored === null) return false;
  let sum = checksumLength * 0x20;
  for (let at = 0; at < headerSize; at++) {
    if (at < checksumAt || at >= checksumAt + checksumLength) sum += block[at]!;
  }
  return sum === Number.parseInt(stored[1]!, 8);
}
