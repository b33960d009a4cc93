// What each layer of a layout adds, changes and removes, as data.
import type { Digest } from '../image/manifest.js';
import type { EntryType } from '../layer/entry.js';
import { readLayer } from '../layer/read-layer.js';
import { readWhiteout } from '../layer/whiteout.js';
import { checkFolder } from '../rootfs/check-folder.js';
import { openLayout } from './open-layout.js';

/**
 * `written` where a lower layer is not at hand, so that nobody can tell `added` from `changed`; `kept` for a
 * directory that is in the layer because something in it is.
 */
export type EntryChange = 'added' | 'changed' | 'written' | 'removed' | 'emptied' | 'kept';

/** A path in a layer, with what is below it. */
export interface InspectedNode {
  name: string;
  change: EntryChange;
  /** Undefined for what is removed. */
  type?: EntryType;
  /** Of its own content, in bytes. */
  size: number;
  /** Of its own content and all below. */
  total: number;
  /** What a link or symlink points to. */
  target?: string;
  /** Sorted by name. */
  children: InspectedNode[];
}

export interface InspectedLayer {
  digest: Digest;
  diffID: Digest;
  mediaType: string;
  /** Of the blob. */
  size: number;
  /** The instruction that made it, as the history says. */
  createdBy?: string;
  /** Undefined where the layout does not hold the layer. */
  root?: InspectedNode;
  /** How many paths there are of each, the root directory aside. */
  counts: Record<EntryChange, number>;
}

export interface Inspection {
  directory: string;
  layers: InspectedLayer[];
}

/**
 * Reads a layout's layers, from the lowest up.
 * @throws UsageError where it is not there; Error with a sentence where the layout or a layer is damaged
 */
export async function inspectLayout(options: {
  directory: string;
  signal?: AbortSignal;
}): Promise<Inspection> {
  checkFolder('layout', options.directory);
  const layout = openLayout({ directory: options.directory });
  const makers = (layout.config.history ?? []).filter((entry) => !entry.empty_layer);
  const below: Below = new Map();
  let belowIsKnown = true;
  const layers: InspectedLayer[] = [];
  for (const [index, { descriptor, diffID, file }] of layout.layers.entries()) {
    const { digest, mediaType, size } = descriptor;
    const createdBy = makers[index]?.created_by;
    const layer: InspectedLayer = { digest, diffID, mediaType, size, counts: noCounts() };
    if (createdBy !== undefined) layer.createdBy = createdBy;
    layers.push(layer);
    if (file === undefined) {
      belowIsKnown = false;
      continue;
    }
    layer.root = await readNodes(file, belowIsKnown ? below : undefined, options.signal);
    finishNode(layer.root, layer.counts);
    updateBelow(layer.root, '', below);
  }
  return { directory: options.directory, layers };
}

async function readNodes(
  file: string,
  below: Below | undefined,
  signal: AbortSignal | undefined,
): Promise<InspectedNode> {
  const nodes = new Map<string, InspectedNode>();
  const nodeAt = (path: string): InspectedNode => {
    let node = nodes.get(path);
    if (node !== undefined) return node;
    const slash = path.lastIndexOf('/');
    node = {
      name: path.slice(slash + 1),
      change: 'kept',
      type: 'directory',
      size: 0,
      total: 0,
      children: [],
    };
    nodes.set(path, node);
    if (path !== '') nodeAt(path.slice(0, Math.max(slash, 0))).children.push(node);
    return node;
  };
  const root = nodeAt('');
  await readLayer({
    file,
    signal,
    visitor: {
      onEntry({ path, type, size, linkName }) {
        const whiteout = readWhiteout(path);
        if (whiteout.kind === 'opaque') nodeAt(whiteout.path).change = 'emptied';
        else if (whiteout.kind === 'whiteout') {
          const node = nodeAt(whiteout.path);
          node.change = 'removed';
          delete node.type;
        } else if (whiteout.kind === 'none') {
          const node = nodeAt(path);
          if (node.change !== 'emptied')
            node.change = below === undefined ? 'written' : below.has(path) ? 'changed' : 'added';
          Object.assign(node, { type, size }, linkName !== undefined && { target: linkName });
        }
      },
      onData() {},
      onEntryEnd() {},
    },
  });
  return root;
}

/** Sorts, sums up, and takes directories for what they are: mostly there because of what is in them. */
function finishNode(node: InspectedNode, counts: Record<EntryChange, number>): void {
  node.children.sort((one, other) => (one.name < other.name ? -1 : 1));
  node.total = node.size;
  for (const child of node.children) {
    finishNode(child, counts);
    node.total += child.total;
  }
  const mayBeThereForItsChildren = node.change === 'changed' || node.change === 'written';
  if (node.type === 'directory' && node.children.length > 0 && mayBeThereForItsChildren) node.change = 'kept';
  // The root directory is in most layers, for its time, and nothing that anyone sees.
  if (node.name !== '') counts[node.change] += 1;
}

/** What the layers read so far make, by path. */
type Below = Map<string, EntryType | undefined>;

function updateBelow(node: InspectedNode, path: string, below: Below): void {
  const losesChildren = node.change === 'emptied' || node.type !== 'directory';
  if (losesChildren && below.get(path) === 'directory') {
    for (const known of below.keys()) if (known.startsWith(`${path}/`)) below.delete(known);
  }
  if (node.change === 'removed') below.delete(path);
  else below.set(path, node.type);
  for (const child of node.children)
    updateBelow(child, path === '' ? child.name : `${path}/${child.name}`, below);
}

const noCounts = (): Record<EntryChange, number> => ({
  added: 0,
  changed: 0,
  written: 0,
  removed: 0,
  emptied: 0,
  kept: 0,
});
