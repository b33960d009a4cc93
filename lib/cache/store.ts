// What a place that keeps layers can do, be it a folder or a registry, and what it keeps of each.
import type { Digest } from '../image/manifest.js';
import type { Layer } from '../layer/layer.js';

/** What is known of a kept layer. */
export interface CacheRecord {
  key: Digest;
  /** When the layer was made, in milliseconds since the epoch. */
  made: number;
  /** What made it, for people. */
  createdBy: string;
  /** Whether /etc/passwd or /etc/group may differ with it: names of users then mean nothing without it. */
  changesAccounts: boolean;
  /** Absent where the instructions changed nothing. */
  layer?: Omit<Layer, 'file'>;
}

/** A record, and the layer as a file of the caller's own. */
export interface Kept {
  record: CacheRecord;
  layer?: Layer;
}

/** What became of a look-up; `why` tells of an entry that was there and could not be used. */
export type LookUp = { kept: Kept } | { kept?: undefined; why?: string };

export interface CacheStore {
  /**
   * Looks for a layer and puts it into a folder, verified by its digest. What is damaged is discarded with a
   * warning.
   * @param options.directory for the layer's file.
   */
  find(options: { key: Digest; directory: string; signal: AbortSignal }): Promise<LookUp>;
  /** Keeps a layer from now on; the caller's file stays as it is. */
  keep(kept: Kept, signal: AbortSignal): Promise<void>;
}

/** Whether a value read from outside is a record of that key. */
export function isRecord(value: unknown, key: Digest): value is CacheRecord {
  const { key: own, made, createdBy, changesAccounts, layer } = (value ?? {}) as Partial<CacheRecord>;
  const types = [typeof made, typeof createdBy, typeof changesAccounts].join();
  if (own !== key || types !== 'number,string,boolean') return false;
  if (layer === undefined) return true;
  const digests = [layer.digest, layer.diffID].every((digest) => /^sha256:[0-9a-f]{64}$/.test(digest));
  return digests && typeof layer.size === 'number' && typeof layer.mediaType === 'string';
}

/** Why a layer is too old, if it is. */
export function tooOld({ made }: CacheRecord, timeToLive: number): string | undefined {
  const age = Date.now() - made;
  if (age <= timeToLive) return undefined;
  const hours = (milliseconds: number) => `${Math.floor(milliseconds / 3_600_000)} h`;
  return `the layer is too old: ${hours(age)}, where ${hours(timeToLive)} are allowed`;
}
