// How the folder of a cache is laid out, and how files get into it: written aside and renamed, so that any number
// of processes, in any number of containers, use it at once without a lock.
//
//   entries/<key>      a record, and the digest of its own text
//   blobs/<digest>     a layer's file
//   places/<digest>    the parts of the last key that was looked up at some place
//
// An entry is written after its blob and removed before it. Its time of modification is that of its last use.
import { randomUUID } from 'node:crypto';
import fs from 'node:fs';
import { join, resolve } from 'node:path';
import { digestOf } from '../image/digest.js';
import type { Digest } from '../image/manifest.js';
import { makeFolders } from '../rootfs/make-folders.js';

const asideSuffix = '.tmp';

export const folders = ['entries', 'blobs', 'places'] as const;
type Folder = (typeof folders)[number];

/** Where something of a digest lies. */
export function pathIn(cacheDir: string, folder: Folder, digest: Digest): string {
  return join(cacheDir, folder, digest.slice('sha256:'.length));
}

/** The digests that a folder has files for. */
export function digestsIn(cacheDir: string, folder: Folder): Digest[] {
  const names = namesIn(join(cacheDir, folder)).filter((name) => /^[0-9a-f]{64}$/.test(name));
  return names.map((name): Digest => `sha256:${name}`);
}

/** The files of killed processes, and those that others are writing just now. */
export function asideIn(cacheDir: string, folder: Folder): string[] {
  const names = namesIn(join(cacheDir, folder)).filter((name) => name.endsWith(asideSuffix));
  return names.map((name) => join(cacheDir, folder, name));
}

/**
 * Has a file appear whole.
 * @param write makes the file at the path that it is given.
 */
export function placeWhole(path: string, write: (aside: string) => void): void {
  const aside = `${path}.${randomUUID()}${asideSuffix}`;
  try {
    makeFolders(resolve(path, '..'), 0o700);
    write(aside);
    fs.renameSync(aside, path);
  } finally {
    fs.rmSync(aside, { force: true });
  }
}

/** Another link to a file, or a copy of it where links cannot be. */
export function linkOrCopy(from: string, to: string): void {
  try {
    fs.linkSync(from, to);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') throw error;
    fs.copyFileSync(from, to, fs.constants.COPYFILE_EXCL | fs.constants.COPYFILE_FICLONE);
  }
}

/** Writes a document that can tell whether it is whole. */
export function writeChecked(path: string, document: object): void {
  const text = JSON.stringify(document);
  placeWhole(path, (aside) => fs.writeFileSync(aside, `${digestOf(text)}\n${text}\n`, { mode: 0o600 }));
}

/** @returns undefined where there is no such document, `damaged` where it is not what was written. */
export function readChecked(path: string): unknown | 'damaged' | undefined {
  const text = contentOf(path);
  if (text === undefined) return undefined;
  const end = text.indexOf('\n');
  const body = text.slice(end + 1, -1);
  return digestOf(body) === text.slice(0, end) ? JSON.parse(body) : 'damaged';
}

function contentOf(path: string): string | undefined {
  try {
    return fs.readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

function namesIn(folder: string): string[] {
  try {
    return fs.readdirSync(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}
