// Whiteouts: empty files whose names say what a layer takes away from the layers below it.
// https://github.com/opencontainers/image-spec/blob/main/layer.md#whiteouts

const prefix = '.wh.';
const metadataPrefix = '.wh..wh.';

/** The name that says: nothing of the directory it lies in comes from below. */
export const opaqueName = '.wh..wh..opq';

/** What a name in a layer stands for. */
export type WhiteoutName =
  | { kind: 'none' }
  /** `name` is taken away. */
  | { kind: 'whiteout'; name: string }
  | { kind: 'opaque' }
  /** Left by AUFS, means nothing. */
  | { kind: 'metadata' }
  /** A whiteout of nothing, of `.` or of `..`. */
  | { kind: 'invalid' };

/** The name of the whiteout of a name. */
export function whiteoutName(name: string): string {
  return prefix + name;
}

/** Whether a file of this name would be taken for a whiteout. */
export function isReservedName(name: string): boolean {
  return name.startsWith(prefix);
}

/** What the name of an entry stands for. */
export function readWhiteout(name: string): WhiteoutName {
  if (!name.startsWith(prefix)) return { kind: 'none' };
  if (name === opaqueName) return { kind: 'opaque' };
  if (name.startsWith(metadataPrefix)) return { kind: 'metadata' };
  const target = name.slice(prefix.length);
  if (target === '' || target === '.' || target === '..') return { kind: 'invalid' };
  return { kind: 'whiteout', name: target };
}
