// Why a key was not found: what differs from the key that was looked up at the same place the last time.
import { digestOf } from '../image/digest.js';
import { pathIn, readChecked, writeChecked } from './cache-folder.js';
import type { KeyPart, LayerKey } from './layer-key.js';

/**
 * Puts the key in the place of the last one.
 * @param options.place what stays the same from build to build, such as an extension's id.
 * @returns a clause that says what differs from that one.
 */
export function explainMiss(options: { cacheDir: string; place: string; key: LayerKey }): string {
  const { cacheDir, place, key } = options;
  const path = pathIn(cacheDir, 'places', digestOf(place));
  const last = readChecked(path) as { parts?: KeyPart[] } | undefined;
  writeChecked(path, { parts: key.parts });
  if (!Array.isArray(last?.parts)) return 'nothing is known of an earlier build';
  return firstDifference(last.parts, key.parts) ?? 'its layer is no longer in the cache';
}

function firstDifference(last: readonly KeyPart[], now: readonly KeyPart[]): string | undefined {
  const length = Math.max(last.length, now.length);
  for (let index = 0; index < length; index++) {
    const [before, after] = [last[index], now[index]];
    if (before?.digest === after?.digest) continue;
    const has = (parts: readonly KeyPart[], one: KeyPart) =>
      parts.some(
        ({ name, of }, at) =>
          at >= index && name === one.name && (of === undefined) === (one.of === undefined),
      );
    if (after && !has(last, after)) return `${nameOf(after)} is new`;
    if (before && !has(now, before)) return `${nameOf(before)} is gone`;
    return `${nameOf((after ?? before)!)} differs`;
  }
  return undefined;
}

function nameOf({ name, of }: { name: string; of?: string }): string {
  return of === undefined ? name : `${name} of ${of}`;
}
