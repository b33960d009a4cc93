// The order of paths by their bytes, which is neither that of UTF-16 nor that of any locale.
import { pathBytes } from '../rootfs/byte-path.js';

/** Sorted by the bytes of the paths. */
export function inByteOrder<T extends { path: string }>(things: T[]): T[] {
  const bytes = new Map<T, Buffer>();
  for (const thing of things) if (/[^\0-\x7f]/.test(thing.path)) bytes.set(thing, pathBytes(thing.path));
  const bytesOf = (thing: T) => bytes.get(thing) ?? Buffer.from(thing.path, 'latin1');
  return things.sort((a, b) => {
    if (bytes.size > 0 && (bytes.has(a) || bytes.has(b))) return Buffer.compare(bytesOf(a), bytesOf(b));
    return a.path < b.path ? -1 : a.path > b.path ? 1 : 0;
  });
}
