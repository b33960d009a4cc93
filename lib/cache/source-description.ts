// What COPY, ADD or a bind mount takes from a context, described file by file: type, mode, owner, extended
// attributes, content, which names are one file. Times are left out: a fresh checkout has others.
import { type BigIntStats, readlinkSync } from 'node:fs';
import { basename, join } from 'node:path';
import {
  hostPath,
  type IgnoreState,
  ignoreStateOf,
  listSource,
  type SourceTree,
  statSource,
} from '../interpreter/context.js';
import { type CopyRules, judge } from '../interpreter/copy-tree.js';
import type { MatchedPatterns } from '../interpreter/path-patterns.js';
import { encodePath } from '../rootfs/byte-path.js';
import { readXattrs } from '../rootfs/syscalls.js';
import { digestFile, type FileDigests } from './file-digests.js';

/** A source that an instruction names, and what its flags take of it. */
export interface SourceToDescribe extends Pick<CopyRules, 'includes' | 'excludes'> {
  tree: SourceTree;
  /** Its last name is what a copy is called. */
  named: string;
  path: string;
  stats: BigIntStats;
}

/** A path that the source has, and all that a copy has of it. */
export type FileDescription = [path: string, description: unknown[]];

interface Item {
  path: string;
  relative: string;
  state: IgnoreState;
  included?: MatchedPatterns | undefined;
  excluded?: MatchedPatterns | undefined;
}

/** Everything that is taken, in a fixed order. */
export async function describeSource(
  source: SourceToDescribe,
  digests: FileDigests,
  signal: AbortSignal,
): Promise<FileDescription[]> {
  const { tree, named, path } = source;
  const found: FileDescription[] = [];
  /** The first name of each file that has several. */
  const linked = new Map<string, string>();

  const describe = async (item: Item, stats: BigIntStats): Promise<unknown[]> => {
    const file = hostPath(tree, item.path);
    if (item.relative === '' && stats.isDirectory()) return ['the directory itself'];
    const name = item.relative === '' ? basename(named) : item.relative;
    const owned = [name, `${stats.uid}:${stats.gid}`, ...xattrsOf(file)];
    if (stats.isSymbolicLink()) {
      return ['link', ...owned, readlinkSync(encodePath(file), 'buffer').toString('hex')];
    }
    const common = [Number(stats.mode).toString(8), ...owned];
    if (!stats.isFile()) return [...common, stats.isDirectory() ? '' : String(stats.rdev)];
    const inode = `${stats.dev}:${stats.ino}`;
    const first = stats.nlink > 1n ? linked.get(inode) : undefined;
    if (first === undefined && stats.nlink > 1n) linked.set(inode, item.relative);
    return [...common, first ?? '', await digestFile(file, stats, digests, signal)];
  };

  /** @returns whether anything of the item is taken; a directory is, where anything in it is. */
  const walk = async (item: Item): Promise<boolean> => {
    signal.throwIfAborted();
    const { taken, inside, judged } = judge(source, item);
    const stats = statSource(tree, item.path);
    if (stats === undefined || (!taken && !(inside && stats.isDirectory()))) return false;
    const at = found.length;
    let any = taken;
    if (stats.isDirectory()) {
      for (const entry of listSource(tree, item.path, item.state)) {
        const below = { ...judged, ...entry, relative: join(item.relative, entry.name) };
        any = (await walk(below)) || any;
      }
    }
    if (any) found.splice(at, 0, [item.path.slice(1), await describe(item, stats)]);
    return any;
  };

  await walk({ path, relative: '', state: ignoreStateOf(tree, path) });
  return found;
}

function xattrsOf(file: string): string[] {
  return readXattrs(file).map(([name, value]) => `${name}=${value.toString('hex')}`);
}
