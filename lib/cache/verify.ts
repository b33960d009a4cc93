// Verifies a whole cache folder: every record, and every layer by its digest.
import fs from 'node:fs';
import type { Digest } from '../image/manifest.js';
import { digestsIn, pathIn } from './cache-folder.js';
import { isIntact, readRecord } from './directory-store.js';

/** Something that cannot be used, and was removed. */
export interface DamagedEntry {
  key: Digest;
  why: string;
}

/** Reads all of a cache folder and removes the entries that cannot be used. @returns those, and how many are well. */
export async function verifyFolder(options: {
  cacheDir: string;
  signal: AbortSignal;
}): Promise<{ well: number; damaged: DamagedEntry[] }> {
  const { cacheDir, signal } = options;
  const damaged: DamagedEntry[] = [];
  let well = 0;
  for (const key of digestsIn(cacheDir, 'entries')) {
    signal.throwIfAborted();
    const why = await whyDamaged(cacheDir, key, signal);
    if (why === undefined) {
      well++;
      continue;
    }
    damaged.push({ key, why });
    fs.rmSync(pathIn(cacheDir, 'entries', key), { force: true });
  }
  return { well, damaged };
}

async function whyDamaged(cacheDir: string, key: Digest, signal: AbortSignal): Promise<string | undefined> {
  const record = readRecord(cacheDir, key);
  if (record === undefined) return 'its record is damaged';
  if (record.layer === undefined) return undefined;
  const file = pathIn(cacheDir, 'blobs', record.layer.digest);
  if (!fs.existsSync(file)) return 'its layer is missing';
  if (await isIntact({ ...record.layer, file }, signal)) return undefined;
  fs.rmSync(file, { force: true });
  return 'its layer is damaged';
}
