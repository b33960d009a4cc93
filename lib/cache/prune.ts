// Keeps a cache folder within bounds: what is too old goes, then what was used longest ago, then what no entry
// speaks of. Whoever is about to use an entry has its layer's file by then, or does without.
import fs from 'node:fs';
import type { Digest } from '../image/manifest.js';
import { asideIn, digestsIn, folders, pathIn, readChecked } from './cache-folder.js';
import { type CacheRecord, isRecord, tooOld } from './store.js';

/** An entry, and when it was last used, in milliseconds since the epoch. */
export interface UsedRecord {
  record: CacheRecord;
  used: number;
}

/** A blob without an entry may be one whose entry is about to be written. */
const grace = 10 * 60 * 1000;
/** A file of this age that was not renamed is one of a process that was killed. */
const abandoned = 24 * 60 * 60 * 1000;
/** What was looked up where, long ago, explains nothing any more. */
const forgotten = 60 * 24 * 60 * 60 * 1000;

/** The entries of a cache folder, the one used last first; damaged ones are left out. */
export function listFolder(cacheDir: string): UsedRecord[] {
  const entries = digestsIn(cacheDir, 'entries').flatMap((key) => {
    const path = pathIn(cacheDir, 'entries', key);
    const record = readChecked(path);
    const stats = fs.statSync(path, { throwIfNoEntry: false });
    return stats && isRecord(record, key) ? [{ record, used: stats.mtimeMs }] : [];
  });
  return entries.sort((a, b) => b.used - a.used);
}

/**
 * Removes what is not to be kept.
 * @param options.timeToLive in milliseconds.
 * @param options.maxSize in bytes of layers; no bound where absent.
 * @returns how many entries are gone, and how many bytes are free by that.
 */
export function pruneFolder(options: { cacheDir: string; timeToLive: number; maxSize?: number }): {
  entries: number;
  bytes: number;
} {
  const { cacheDir, timeToLive, maxSize = Number.POSITIVE_INFINITY } = options;
  const kept = new Set<Digest>();
  const evicted = new Set<Digest>();
  let size = 0;
  let entries = 0;
  for (const { record } of listFolder(cacheDir)) {
    const { key, layer } = record;
    const more = layer === undefined || kept.has(layer.digest) ? 0 : layer.size;
    if (tooOld(record, timeToLive) === undefined && size + more <= maxSize) {
      size += more;
      if (layer) kept.add(layer.digest);
      continue;
    }
    fs.rmSync(pathIn(cacheDir, 'entries', key), { force: true });
    if (layer) evicted.add(layer.digest);
    entries += 1;
  }
  let bytes = 0;
  for (const digest of digestsIn(cacheDir, 'blobs')) {
    if (!kept.has(digest))
      bytes += removeOld(pathIn(cacheDir, 'blobs', digest), evicted.has(digest) ? 0 : grace);
  }
  for (const folder of folders)
    for (const file of asideIn(cacheDir, folder)) bytes += removeOld(file, abandoned);
  for (const place of digestsIn(cacheDir, 'places')) removeOld(pathIn(cacheDir, 'places', place), forgotten);
  return { entries, bytes };
}

/** Removes a file that has been as it is for that many milliseconds. @returns its size if it is gone by that. */
function removeOld(file: string, age: number): number {
  const stats = fs.statSync(file, { throwIfNoEntry: false });
  if (stats === undefined || Date.now() - stats.ctimeMs < age) return 0;
  fs.rmSync(file, { force: true });
  return stats.size;
}
