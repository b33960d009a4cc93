// Keeps layers in a folder: see `cache-folder` for how.
import { createHash, randomUUID } from 'node:crypto';
import fs from 'node:fs';
import { join } from 'node:path';
import type { Digest } from '../image/manifest.js';
import type { Layer } from '../layer/layer.js';
import type { Logger } from '../report/logger.js';
import { linkOrCopy, pathIn, placeWhole, readChecked, writeChecked } from './cache-folder.js';
import { pruneFolder } from './prune.js';
import { type CacheRecord, type CacheStore, isRecord, type LookUp, tooOld } from './store.js';

export interface DirectoryStoreOptions {
  /** The folder; made where it does not exist. */
  cacheDir: string;
  /** How long a layer may be used, in milliseconds since it was made. */
  timeToLive: number;
  /** Bytes of layers that are kept; what was used longest ago goes first. */
  maxSize?: number;
  logger: Logger;
}

/** A store in a folder. */
export function openDirectoryStore(options: DirectoryStoreOptions): CacheStore {
  const { cacheDir, timeToLive, maxSize, logger } = options;

  const discard = (key: Digest, why: string): LookUp => {
    logger.warn(`The cache's entry ${key} in ${cacheDir} cannot be used: ${why}. It is discarded.`);
    fs.rmSync(pathIn(cacheDir, 'entries', key), { force: true });
    return { why };
  };

  return {
    find: async ({ key, directory, signal }) => {
      const entry = pathIn(cacheDir, 'entries', key);
      const record = readChecked(entry);
      if (record === undefined) return {};
      if (!isRecord(record, key)) return discard(key, 'its record is damaged');
      const why = tooOld(record, timeToLive);
      if (why !== undefined) return { why };
      if (record.layer === undefined) {
        touch(entry);
        return { kept: { record } };
      }
      const blob = pathIn(cacheDir, 'blobs', record.layer.digest);
      const layer = { ...record.layer, file: join(directory, `layer-${randomUUID()}`) };
      try {
        linkOrCopy(blob, layer.file);
      } catch (error) {
        // Evicted just now, or lost.
        if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
        fs.rmSync(entry, { force: true });
        return { why: 'its layer is no longer in the cache' };
      }
      if (!(await isIntact(layer, signal))) {
        fs.rmSync(layer.file);
        fs.rmSync(blob, { force: true });
        return discard(key, 'its layer is damaged');
      }
      touch(entry);
      return { kept: { record, layer } };
    },
    keep: async ({ record, layer }) => {
      if (layer !== undefined) {
        // Also where such a blob is there: that one might be damaged.
        placeWhole(pathIn(cacheDir, 'blobs', layer.digest), (aside) => linkOrCopy(layer.file, aside));
      }
      writeChecked(pathIn(cacheDir, 'entries', record.key), record);
      if (maxSize !== undefined) pruneFolder({ cacheDir, timeToLive, maxSize });
    },
  };
}

/** Whether a file is the layer that it should be. */
export async function isIntact({ file, digest, size }: Layer, signal: AbortSignal): Promise<boolean> {
  if (fs.statSync(file).size !== size) return false;
  const hash = createHash('sha256');
  for await (const chunk of fs.createReadStream(file, { highWaterMark: 1024 * 1024, signal }))
    hash.update(chunk);
  return digest === `sha256:${hash.digest('hex')}`;
}

/** Notes that an entry was used; one that was evicted meanwhile stays so. */
function touch(entry: string): void {
  try {
    const now = new Date();
    fs.utimesSync(entry, now, now);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}

/** The record of an entry, if it is a whole one. */
export function readRecord(cacheDir: string, key: Digest): CacheRecord | undefined {
  const record = readChecked(pathIn(cacheDir, 'entries', key));
  return isRecord(record, key) ? record : undefined;
}
