// The cache as a build sees it: its stores, asked one after the other, and a clause for every miss.
import type { Digest } from '../image/manifest.js';
import type { Layer } from '../layer/layer.js';
import type { Logger } from '../report/logger.js';
import { openDirectoryStore } from './directory-store.js';
import { explainMiss } from './explain.js';
import { untilItFails } from './failing-store.js';
import type { LayerKey } from './layer-key.js';
import { openRegistryStore } from './registry-store.js';
import type { CacheStore, Kept } from './store.js';

export interface CacheOptions {
  /** Folder of the cache on this machine. */
  cacheDir?: string;
  /** Repository of a registry, `host/name[:tag-prefix]`, for what the folder does not have. */
  cacheRepo?: string;
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

/**
 * A cache with the stores that were asked for; undefined where none was.
 * @throws UsageError where `cacheRepo` is no name of a repository.
 */
export function openLayerCache(
  options: CacheOptions & { logger: Logger; signal: AbortSignal },
): LayerCache | undefined {
  const { cacheDir, cacheRepo, cacheTimeToLive: timeToLive = defaultTimeToLive, cacheMaxSize } = options;
  const { logger, signal } = options;
  const stores: CacheStore[] = [];
  if (cacheDir !== undefined) {
    const bound = cacheMaxSize !== undefined && { maxSize: cacheMaxSize };
    const store = openDirectoryStore({ cacheDir, timeToLive, ...bound, logger });
    stores.push(untilItFails(store, `the cache in ${cacheDir}`, logger));
  }
  if (cacheRepo !== undefined) {
    const store = openRegistryStore({ cacheRepo, timeToLive, env: process.env, logger, signal });
    stores.push(untilItFails(store, `the cache in ${cacheRepo}`, logger));
  }
  if (stores.length === 0) return undefined;

  const explain = (place: string, key: LayerKey): string => {
    try {
      if (cacheDir !== undefined) return explainMiss({ cacheDir, place, key });
    } catch {
      // What cannot be read or written is told by the store in the same folder.
    }
    return 'it is not in the cache';
  };

  return {
    find: async ({ key, place, directory }) => {
      const explained = explain(place, key);
      let why: string | undefined;
      for (const [index, store] of stores.entries()) {
        const look = await store.find({ key: key.digest, directory, signal });
        if (look.kept) {
          for (const nearer of stores.slice(0, index)) await nearer.keep(look.kept, signal);
          return { kept: look.kept };
        }
        why ??= look.why;
      }
      return { missed: why ?? explained };
    },
    keep: async ({ key, layer, createdBy, changesAccounts }) => {
      const record = {
        key,
        made: Date.now(),
        createdBy,
        changesAccounts,
        ...(layer && { layer: whatIs(layer) }),
      };
      for (const store of stores) await store.keep({ record, ...(layer && { layer }) }, signal);
    },
  };
}

function whatIs({ diffID, digest, size, mediaType }: Layer): Omit<Layer, 'file'> {
  return { diffID, digest, size, mediaType };
}
