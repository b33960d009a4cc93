// Unpacks a verified layer into a root filesystem.
import fs from 'node:fs';
import { join } from 'node:path';
import type { Logger } from '../report/logger.js';
import { decodePath, encodePath } from '../rootfs/byte-path.js';
import { type Mounts, mountsOf } from '../rootfs/mounts.js';
import { makeNode } from '../rootfs/syscalls.js';
import { deviceOf } from './device.js';
import type { Entry } from './entry.js';
import { applyMetadata } from './metadata.js';
import { readLayer } from './read-layer.js';
import type { TarVisitor } from './read-tar.js';
import { removeFromBelow } from './remove-from-below.js';
import { rootDirectories } from './root-directories.js';
import type { LayerFile } from './verify-layer.js';
import { readWhiteout, type WhiteoutMeaning } from './whiteout.js';

/**
 * Unpacks a layer that `verifyLayer` vouched for. What an entry replaces is removed first and nothing is
 * written through a link, so nothing outside the root is reached; nor is anything that is mounted in it, which
 * is no part of the root filesystem. Where it throws, the rootfs is left half done.
 * @throws Error that names the entry at which it stopped
 */
export async function unpackLayer(options: {
  layer: LayerFile;
  rootfs: string;
  logger: Logger;
  signal?: AbortSignal | undefined;
}): Promise<void> {
  const { layer, rootfs, logger, signal } = options;
  const root = fs.realpathSync(rootfs);
  const mounts = mountsOf(root);
  const directories = rootDirectories(root, mounts);
  let entries = 0;
  let current = '';
  const visitor = unpacker(directories, mounts, logger);
  try {
    await readLayer({
      file: layer.file,
      signal,
      visitor: {
        ...visitor,
        onEntry(entry) {
          current = entry.path;
          entries += 1;
          visitor.onEntry(entry);
        },
      },
    });
    directories.finish();
  } catch (error) {
    visitor.close();
    if (signal?.aborted) throw error;
    const { code, message } = error as NodeJS.ErrnoException;
    const reason = code === 'ENOSPC' || code === 'EDQUOT' ? `the disk of ${rootfs} is full` : message;
    throw new Error(
      `The layer ${layer.file} is half unpacked: it stopped at /${current}, its entry ${entries}, because ${reason}. ` +
        `Start again with a fresh ${rootfs}.`,
      { cause: error },
    );
  }
}

const nothing: ReadonlySet<string> = new Set();

function unpacker(
  directories: ReturnType<typeof rootDirectories>,
  mounts: Mounts,
  logger: Logger,
): TarVisitor & { close(): void } {
  /** Real paths that come from this layer: its whiteouts do not concern them. */
  const unpacked = new Set<string>();
  const warned = new Set<string>();
  let open: { fd: number; file: string; entry: Entry } | undefined;

  function place(path: string): { parent: string; file: string } {
    const slash = path.lastIndexOf('/');
    const parent = directories.find(path.slice(0, Math.max(slash, 0)));
    return { parent, file: join(parent, path.slice(slash + 1)) };
  }

  function isLeftAlone(file: string): boolean {
    const point = mounts.above(file);
    if (point === undefined) return false;
    if (!warned.has(point)) logger.warn(`${point} is a mount point: what the layer has there is left out.`);
    warned.add(point);
    return true;
  }

  function remove(file: string, parent: string, kept: ReadonlySet<string>): void {
    const stat = fs.lstatSync(encodePath(file), { throwIfNoEntry: false });
    if (stat === undefined) return;
    directories.willChange(parent);
    removeFromBelow({ file, kept, mounts: mounts.points, willChange: directories.willChange });
    if (stat.isDirectory() || stat.isSymbolicLink()) directories.forget();
  }

  function unpackDirectory(entry: Entry): void {
    if (entry.path === '') {
      applyMetadata(directories.find(''), entry, logger);
      directories.setModified(directories.find(''), entry.modified);
      return;
    }
    const { parent, file } = place(entry.path);
    if (isLeftAlone(file)) return;
    const stat = fs.lstatSync(encodePath(file), { throwIfNoEntry: false });
    if (!stat?.isDirectory()) {
      remove(file, parent, nothing);
      directories.willChange(parent);
      fs.mkdirSync(encodePath(file), 0o700);
    }
    unpacked.add(file);
    applyMetadata(file, entry, logger);
    directories.setModified(file, entry.modified);
  }

  function unpackOther(entry: Entry): void {
    const { parent, file } = place(entry.path);
    const source = entry.type === 'link' ? place(entry.linkName!).file : undefined;
    if (source === file) throw new Error('it is a link to itself');
    if (isLeftAlone(file)) return;
    remove(file, parent, nothing);
    directories.willChange(parent);
    unpacked.add(file);
    if (source !== undefined) {
      fs.linkSync(encodePath(source), encodePath(file));
      return;
    }
    if (entry.type === 'file') {
      const { O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW } = fs.constants;
      const fd = fs.openSync(encodePath(file), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600);
      open = { fd, file, entry };
      return;
    }
    if (entry.type === 'symlink') fs.symlinkSync(encodePath(entry.linkName!), encodePath(file));
    else if (entry.type === 'fifo') makeNode(file, fs.constants.S_IFIFO | 0o600, 0n);
    else {
      const type = entry.type === 'block-device' ? fs.constants.S_IFBLK : fs.constants.S_IFCHR;
      makeNode(file, type | 0o600, deviceOf(entry.major!, entry.minor!));
    }
    applyMetadata(file, entry, logger);
  }

  function applyWhiteout(whiteout: WhiteoutMeaning): void {
    if (whiteout.kind === 'whiteout') {
      const { parent, file } = place(whiteout.path);
      if (!isLeftAlone(file)) remove(file, parent, unpacked);
    } else if (whiteout.kind === 'opaque') {
      const directory = directories.find(whiteout.path);
      if (isLeftAlone(directory)) return;
      const names = fs.readdirSync(encodePath(directory), { encoding: 'buffer' });
      for (const name of names) remove(join(directory, decodePath(name)), directory, unpacked);
    }
  }

  return {
    onEntry(entry) {
      const whiteout = readWhiteout(entry.path);
      if (whiteout.kind !== 'none') applyWhiteout(whiteout);
      else if (entry.type === 'directory') unpackDirectory(entry);
      else unpackOther(entry);
    },
    onData(bytes) {
      for (let at = 0; open !== undefined && at < bytes.length; ) at += fs.writeSync(open.fd, bytes, at);
    },
    onEntryEnd() {
      if (open === undefined) return;
      const { fd, file, entry } = open;
      open = undefined;
      fs.closeSync(fd);
      applyMetadata(file, entry, logger);
    },
    close() {
      if (open !== undefined) fs.closeSync(open.fd);
      open = undefined;
    },
  };
}
