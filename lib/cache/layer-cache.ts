// The cache as a build sees it: its stores, asked one after the other, and a sentence for every miss.
import type { Digest } from '../image/manifest.js';
import type { Layer } from '../layer/layer.js';
import type { Logger } from '../report/logger.js';
import { openDirectoryStore } from './directory-store.js';
import { explainMiss } from './explain.js';
import type { LayerKey } from './layer-key.js';
import type { CacheStore, Kept } from './store.js';

export interface CacheOptions {
  /** Folder of the cache on this machine. */
  cacheDir?: string;
  /** How long a layer may be used after it was made, in milliseconds; two weeks by default. */
  cacheTimeToLive?: number;
  /** Bytes of layers that the folder keeps; no bound by default. */
  cacheMaxSize?: number;
}

/** What a look-up found; `missed` says why there is nothing. */
export type Found = { kept: Kept; missed?: undefined } | { kept?: undefined; missed: string };

export interface LayerCache {
  /**
   * Looks for the layer of a key.
   * @param options.place what stays the same from build to build, such as an extension's id: the reason of a
   *   miss is what differs from the last key at this place.
   * @param options.directory for the layer's file.
   */
  find(options: { key: LayerKey; place: string; directory: string }): Promise<Found>;
  /** Keeps what was made for a key; the layer's file stays as it is. */
  keep(options: { key: Digest; layer?: Layer; createdBy: string; changesAccounts: boolean }): Promise<void>;
}

/** What the reference lifecycle has: 336 hours. */
export const defaultTimeToLive = 336 * 60 * 60 * 1000;

/** A cache with the stores that were asked for; undefined where none was. */
export function openLayerCache(
  options: CacheOptions & { logger: Logger; signal: AbortSignal },
): LayerCache | undefined {
  const { cacheDir, cacheTimeToLive: timeToLive = defaultTimeToLive, cacheMaxSize, logger, signal } = options;
  const stores: CacheStore[] = [];
  if (cacheDir !== undefined) {
    const size = cacheMaxSize !== undefined && { maxSize: cacheMaxSize };
    stores.push(openDirectoryStore({ cacheDir, timeToLive, ...size, logger }));
  }
  if (stores.length === 0) return undefined;

  /** A cache that fails costs the build time, never success. */
  const attempt = async <T>(what: string, work: Promise<T>): Promise<T | undefined> => {
    try {
      return await work;
    } catch (error) {
      signal.throwIfAborted();
      logger.warn(`${what}: ${(error as Error).message}`);
      return undefined;
    }
  };

  return {
    find: async ({ key, place, directory }) => {
      const explained =
        cacheDir !== undefined &&
        (await attempt('The cache cannot note a key', (async () => explainMiss({ cacheDir, place, key }))()));
      let why: string | undefined;
      for (const [index, store] of stores.entries()) {
        const look = await attempt(
          'A layer cannot be taken from the cache',
          store.find({ key: key.digest, directory, signal }),
        );
        if (look?.kept) {
          for (const nearer of stores.slice(0, index)) {
            await attempt('A layer cannot be kept in the cache', nearer.keep(look.kept, signal));
          }
          return { kept: look.kept };
        }
        why ??= look?.why;
      }
      return { missed: why ?? (explained || 'it is not in the cache') };
    },
    keep: async ({ key, layer, createdBy, changesAccounts }) => {
      const { file: _, ...described } = layer ?? { file: '' };
      const record = {
        key,
        made: Date.now(),
        createdBy,
        changesAccounts,
        ...(layer && { layer: described as Omit<Layer, 'file'> }),
      };
      for (const store of stores) {
        const kept = { record, ...(layer && { layer }) };
        await attempt('A layer cannot be kept in the cache', store.keep(kept, signal));
      }
    },
  };
}
