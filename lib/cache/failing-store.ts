// A store that may fail: that costs the build time, never success.
import type { Logger } from '../report/logger.js';
import type { CacheStore } from './store.js';

/**
 * The store, until it fails: then it says so once and is left alone for the rest of the build.
 * @param label what the warning calls it.
 */
export function untilItFails(store: CacheStore, label: string, logger: Logger): CacheStore {
  const failed = { find: false, keep: false };
  const attempt = async <T>(
    what: 'find' | 'keep',
    work: () => Promise<T>,
    signal: AbortSignal,
  ): Promise<T | undefined> => {
    if (failed[what]) return undefined;
    try {
      return await work();
    } catch (error) {
      signal.throwIfAborted();
      failed.keep = true;
      // Whoever may not write to a registry may well read from it.
      if (what === 'find' || !(error as { refused?: boolean }).refused) failed.find = true;
      const still = failed.find ? `without ${label}` : `and keeps nothing in ${label}`;
      logger.warn(`${(error as Error).message} The build goes on ${still}.`);
      return undefined;
    }
  };
  return {
    find: async (options) => (await attempt('find', () => store.find(options), options.signal)) ?? {},
    keep: (kept, signal) => attempt('keep', () => store.keep(kept, signal), signal),
  };
}
