// Whiteouts: empty files whose names say what a layer takes away from the layers below it.
// https://github.com/opencontainers/image-spec/blob/main/layer.md#whiteouts

/** No other file may have a name that begins like this. */
export const whiteoutPrefix = '.wh.';
const metadataPrefix = '.wh..wh.';

/** The name that says: nothing of the directory it lies in comes from below. */
const opaqueName = '.wh..wh..opq';

/** What an entry's path stands for; paths as in `Entry`. */
export type WhiteoutMeaning =
  | { kind: 'none' }
  /** `path` is taken away. */
  | { kind: 'whiteout'; path: string }
  /** What lower layers have in the directory `path` is taken away. */
  | { kind: 'opaque'; path: string }
  /** Left by AUFS, means nothing. */
  | { kind: 'metadata' }
  /** A whiteout of nothing, of `.` or of `..`, or something below a whiteout. */
  | { kind: 'invalid' };

/** The name of the whiteout of a name. */
export function whiteoutName(name: string): string {
  return whiteoutPrefix + name;
}

/** What the path of an entry stands for. */
export function readWhiteout(path: string): WhiteoutMeaning {
  if (!path.includes(whiteoutPrefix)) return { kind: 'none' };
  const parents = path.split('/');
  const name = parents.pop()!;
  const above = parents.find((parent) => parent.startsWith(whiteoutPrefix));
  if (above !== undefined) return { kind: above.startsWith(metadataPrefix) ? 'metadata' : 'invalid' };
  if (!name.startsWith(whiteoutPrefix)) return { kind: 'none' };
  if (name === opaqueName) return { kind: 'opaque', path: parents.join('/') };
  if (name.startsWith(metadataPrefix)) return { kind: 'metadata' };
  const target = name.slice(whiteoutPrefix.length);
  if (target === '' || target === '.' || target === '..') return { kind: 'invalid' };
  return { kind: 'whiteout', path: [...parents, target].join('/') };
}
