// What a layer's tar will hold, in which order: the changes, the directories above them and whiteouts.
import { pathBytes } from '../rootfs/byte-path.js';
import type { Change } from '../snapshot/change.js';
import { layerRefusal } from './layer-refusal.js';
import { whiteoutName, whiteoutPrefix } from './whiteout.js';

/** One name in the layer-to-be; paths as in `Entry`. */
export interface PlannedEntry {
  path: string;
  /** The entry says that the path was deleted, rather than what is there. */
  whiteout: boolean;
}

/**
 * Plans the entries for some changes: each path once, directories before what is in them and, within each
 * directory, whiteouts before the rest; otherwise in the order of the names' bytes.
 * @throws Error where a name would be taken for a whiteout
 */
export function planLayer(changes: readonly Change[]): PlannedEntry[] {
  const planned = new Map<string, PlannedEntry>();
  const add = (path: string, whiteout: boolean) => {
    const key = orderKey(path, whiteout);
    if (planned.has(key)) return false;
    planned.set(key, { path, whiteout });
    return true;
  };
  let lastParent = '';
  for (const { path: absolute, kind } of changes) {
    const path = absolute.slice(1);
    refuseReservedNames(path);
    add(path, kind === 'deleted');
    const parent = path.slice(0, Math.max(path.lastIndexOf('/'), 0));
    if (parent === lastParent) continue;
    lastParent = parent;
    for (let end = parent.length; end > 0; end = path.lastIndexOf('/', end - 1))
      if (!add(path.slice(0, end), false)) break;
  }
  return [...planned.keys()].sort().map((key) => planned.get(key)!);
}

/** The name under which a planned entry stands in the tar. */
export function entryPath({ path, whiteout }: PlannedEntry): string {
  if (!whiteout) return path;
  const start = path.lastIndexOf('/') + 1;
  return path.slice(0, start) + whiteoutName(path.slice(start));
}

/**
 * A string whose plain order is the order in the layer: bytes as Latin-1 characters, slashes before all of
 * them so that a directory is followed by what is in it, an empty component before a whiteout's name.
 */
function orderKey(path: string, whiteout: boolean): string {
  const bytes = isAscii(path) ? path : pathBytes(path).toString('latin1');
  const key = bytes.replaceAll('/', '\0');
  if (!whiteout) return key;
  const start = key.lastIndexOf('\0') + 1;
  return `${key.slice(0, start)}\0${key.slice(start)}`;
}

function refuseReservedNames(path: string): void {
  if (!path.includes(whiteoutPrefix)) return;
  const name = path.split('/').find((part) => part.startsWith(whiteoutPrefix));
  if (name === undefined) return;
  throw layerRefusal(
    `/${path} cannot go into a layer: names that begin with ".wh." mean a deletion there. Remove or rename ${name}.`,
  );
}

const isAscii = (text: string) => /^[\0-\x7f]*$/.test(text);
