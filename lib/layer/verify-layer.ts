// Verifies a layer without touching any root filesystem: its digests, its tar, the names in it.

import type { Digest } from '../image/manifest.js';
import type { Entry } from './entry.js';
import { readLayer } from './read-layer.js';
import { readWhiteout } from './whiteout.js';

/** A layer to apply: a file and what is known of it. */
export interface LayerFile {
  file: string;
  digest?: Digest | undefined;
  diffID?: Digest | undefined;
}

/**
 * Reads the whole layer and vouches for it.
 * @throws Error with a sentence where a digest is another, the file is damaged, or an entry has a name that
 *   leads out of the root filesystem, comes twice or is a whiteout of nothing
 */
export async function verifyLayer(layer: LayerFile, signal?: AbortSignal): Promise<void> {
  const seen = new Set<string>();
  const visitor = {
    onEntry: (entry: Entry) => vetEntry(entry, seen),
    onData() {},
    onEntryEnd() {},
  };
  const found = await readLayer({ file: layer.file, visitor, signal }).catch((error) => {
    if (signal?.aborted || error.code === 'ENOENT') throw error;
    throw new Error(`The layer ${layer.file} cannot be used: ${error.message}. Nothing was changed.`);
  });
  for (const kind of ['digest', 'diffID'] as const) {
    if (layer[kind] !== undefined && layer[kind] !== found[kind])
      throw new Error(
        `The layer ${layer.file} is not what it should be: its ${kind} is ${found[kind]}, not ${layer[kind]}. Nothing was changed.`,
      );
  }
}

function vetEntry(entry: Entry, seen: Set<string>): void {
  if (seen.has(entry.path)) throw new Error(`/${entry.path} comes twice in it`);
  seen.add(entry.path);
  if (entry.path === '' && entry.type !== 'directory') throw new Error('its root is not a directory');
  if (readWhiteout(entry.path).kind === 'invalid') throw new Error(`/${entry.path} is a whiteout of nothing`);
  if (entry.linkName !== undefined && entry.type === 'link') {
    if (entry.linkName === entry.path) throw new Error(`/${entry.path} is a link to itself`);
    if (entry.linkName === '') throw new Error(`/${entry.path} is a hard link to the root directory`);
  }
}
