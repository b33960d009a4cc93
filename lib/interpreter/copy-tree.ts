// Copies one file or directory of a source tree into a root filesystem, by the rules of BuildKit's fsutil.
// https://github.com/tonistiigi/fsutil/blob/master/copy/copy.go
import {
  type BigIntStats,
  chmodSync,
  constants,
  copyFileSync,
  lchownSync,
  linkSync,
  lstatSync,
  mkdirSync,
  promises,
  readlinkSync,
  realpathSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { encodePath } from '../rootfs/byte-path.js';
import { removeTree } from '../rootfs/remove-tree.js';
import { pathInsideRoot } from '../rootfs/resolve.js';
import { makeNode, readXattrs, setTimes, setXattr } from '../rootfs/syscalls.js';
import {
  hostPath,
  type IgnoreState,
  ignoreStateOf,
  listSource,
  type SourceTree,
  statSource,
} from './context.js';
import type { ModeChange } from './mode.js';
import type { Ownership } from './ownership.js';
import type { MatchedPatterns, PathPatterns } from './path-patterns.js';

/** What the flags of the instruction say about everything that is copied. */
export interface CopyRules {
  /** Of everything copied; absent: the source's. */
  owner?: Ownership;
  mode?: ModeChange;
  /** Paths to take, relative to the source directory: `--parents`. */
  includes?: PathPatterns;
  /** Paths to leave out, likewise: `--exclude`. */
  excludes?: PathPatterns;
  /** Whether a file takes the place of a directory, and the other way round, instead of being refused. */
  replace?: boolean;
}

/** A file from this size on is copied without blocking the event loop. */
const largeFile = 4 * 1024 * 1024;
const filesBetweenPauses = 500;

/** A directory on the way down; with include patterns it is made once something in it is taken. */
interface OpenDirectory {
  path: string;
  target: string;
  stats: BigIntStats;
  made: boolean;
  nested: boolean;
}

interface Copying {
  tree: SourceTree;
  rules: CopyRules;
  signal: AbortSignal;
  /** What errors call a target. */
  nameOf(target: string): string;
  /** Where the first name of each hard-linked file went, by its device and inode. */
  linked: Map<string, string>;
  directories: OpenDirectory[];
  files: number;
}

interface Item {
  path: string;
  target: string;
  /** Relative to the source that the instruction names; empty for that itself. */
  relative: string;
  state: IgnoreState;
  included?: MatchedPatterns | undefined;
  excluded?: MatchedPatterns | undefined;
}

/**
 * Copies `path` and what is below it to `target`. A directory that is there already keeps its mode and owner
 * when it is the target itself, and takes the source's when it is below; a symlink or file in the way
 * of a file is replaced, never written through.
 * @param path in the tree, links already followed.
 * @param target absolute host path, links already followed, its parent there.
 * @param root of the tree that the target lies in, for errors.
 * @throws Error where a file would take the place of a directory or the other way round.
 */
export async function copyTree({
  tree,
  path,
  target,
  root,
  rules,
  signal,
}: {
  tree: SourceTree;
  path: string;
  target: string;
  root: string;
  rules: CopyRules;
  signal: AbortSignal;
}): Promise<void> {
  const nameOf = (at: string) => pathInsideRoot({ root, hostPath: at });
  const copying: Copying = { tree, rules, signal, nameOf, linked: new Map(), directories: [], files: 0 };
  const source = hostPath({ ...tree, root: realpathSync(encodePath(tree.root), 'utf8') }, path);
  if (target.startsWith(join(source, '/'))) {
    throw new Error(
      `'${path}' cannot be copied to '${nameOf(target)}', which lies inside it: choose a destination outside.`,
    );
  }
  await copyItem(copying, { path, target, relative: '', state: ignoreStateOf(tree, path) });
}

async function copyItem(copying: Copying, item: Item): Promise<void> {
  copying.signal.throwIfAborted();
  const { tree } = copying;
  const { taken, inside, judged } = judge(copying.rules, item);
  const stats = statSource(tree, item.path);
  if (stats === undefined) throw new Error(`'${item.path}' vanished from ${tree.label} while it was copied.`);
  if (!taken && !(inside && stats.isDirectory())) return;
  if (taken) makeOpenDirectories(copying);
  if (stats.isDirectory()) {
    await copyDirectory(copying, judged, stats, taken);
    return;
  }
  await copyLeaf(copying, item, stats);
  copying.files++;
  if (copying.files % filesBetweenPauses === 0) await new Promise(setImmediate);
}

/** Where an item stands below the source that the instruction names, and what its directory matched. */
type Judged = Pick<Item, 'relative' | 'included' | 'excluded'>;

/** Whether an item is taken, and whether a directory that is not may hold something that is. */
export function judge<I extends Judged>(
  { includes, excludes }: Pick<CopyRules, 'includes' | 'excludes'>,
  item: I,
): { taken: boolean; inside: boolean; judged: I } {
  if (item.relative === '') return { taken: true, inside: true, judged: item };
  const included = includes?.match(item.relative, item.included);
  const excluded = excludes?.match(item.relative, item.excluded);
  const judged = { ...item, included: included?.patterns, excluded: excluded?.patterns };
  const left = excluded?.matched === true;
  return {
    taken: included?.matched !== false && !left,
    inside: !left || excludes?.hasExceptions === true,
    judged,
  };
}

async function copyDirectory(
  copying: Copying,
  item: Item,
  stats: BigIntStats,
  taken: boolean,
): Promise<void> {
  const nested = item.relative !== '';
  const directory: OpenDirectory = { path: item.path, target: item.target, stats, made: false, nested };
  copying.directories.push(directory);
  const created = taken && makeDirectory(copying, directory);
  for (const { name, path, state } of listSource(copying.tree, item.path, item.state)) {
    await copyItem(copying, {
      ...item,
      path,
      state,
      target: join(item.target, name),
      relative: join(item.relative, name),
    });
  }
  copying.directories.pop();
  if (taken && (created || nested)) copyMetadata(copying, item.path, item.target, stats);
  else if (taken && item.path !== '/') setTimes(item.target, stats.atimeNs, stats.mtimeNs);
}

/** Makes the directories above something that is taken. */
function makeOpenDirectories(copying: Copying): void {
  for (const directory of copying.directories) {
    if (directory.made) continue;
    if (makeDirectory(copying, directory))
      copyMetadata(copying, directory.path, directory.target, directory.stats);
  }
}

/** @returns whether it was not there yet. */
function makeDirectory(copying: Copying, directory: OpenDirectory): boolean {
  const { target, stats, nested } = directory;
  directory.made = true;
  const mode = Number(stats.mode & 0o7777n);
  const existing = lstatTarget(target);
  const inTheWay = existing !== undefined && !existing.isDirectory();
  if (inTheWay && copying.rules.replace) unlinkSync(encodePath(target));
  if (existing === undefined || (inTheWay && copying.rules.replace)) {
    mkdirSync(encodePath(target), mode);
    return true;
  }
  if (inTheWay) {
    throw new Error(
      `The directory '${directory.path}' cannot be copied to '${copying.nameOf(target)}': something that is not a directory is there. ` +
        'Remove it with a RUN before, or choose another destination.',
    );
  }
  if (nested) chmodSync(encodePath(target), mode);
  return false;
}

async function copyLeaf(copying: Copying, item: Item, stats: BigIntStats): Promise<void> {
  const { path, target } = item;
  const existing = lstatTarget(target);
  if (existing?.isDirectory() && !copying.rules.replace) {
    throw new Error(
      `'${path}' cannot be copied to '${copying.nameOf(target)}': a directory is there. ` +
        'Remove it with a RUN before, or choose another destination.',
    );
  }
  const source = encodePath(hostPath(copying.tree, path));
  const isSource = existing !== undefined && existing.dev === stats.dev && existing.ino === stats.ino;
  if (isSource) {
    // In place, a context can be part of the rootfs: what is copied onto itself is there already.
    copyMetadata(copying, path, target, stats);
    return;
  }
  if (existing?.isDirectory()) removeTree(target);
  else if (existing !== undefined) unlinkSync(encodePath(target));
  if (stats.isSymbolicLink()) {
    symlinkSync(readlinkSync(source, 'buffer'), encodePath(target));
  } else if (stats.isFile()) {
    const inode = `${stats.dev}:${stats.ino}`;
    const firstName = stats.nlink > 1n ? copying.linked.get(inode) : undefined;
    if (firstName !== undefined) linkSync(encodePath(firstName), encodePath(target));
    else {
      if (stats.nlink > 1n) copying.linked.set(inode, target);
      await copyContent(source, encodePath(target), stats.size);
    }
  } else if (stats.isSocket()) {
    // A build context carries no socket: BuildKit's transfer makes it an empty file.
    writeFileSync(encodePath(target), '', { flag: 'wx' });
  } else {
    makeNode(target, Number(stats.mode), stats.rdev);
  }
  copyMetadata(copying, path, target, stats);
}

async function copyContent(source: string | Buffer, target: string | Buffer, size: bigint): Promise<void> {
  const flags = constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE;
  if (size < largeFile) copyFileSync(source, target, flags);
  else await promises.copyFile(source, target, flags);
}

/** Owner first, because a change of owner takes set-id bits away. */
function copyMetadata(copying: Copying, path: string, target: string, stats: BigIntStats): void {
  const { owner, mode } = copying.rules;
  lchownSync(encodePath(target), owner?.uid ?? Number(stats.uid), owner?.gid ?? Number(stats.gid));
  if (!stats.isSymbolicLink()) {
    const bits = Number(stats.mode & 0o7777n);
    chmodSync(encodePath(target), mode?.apply(bits, stats.isDirectory()) ?? bits);
  }
  setTimes(target, stats.atimeNs, stats.mtimeNs);
  copyXattrs(hostPath(copying.tree, path), target, { capabilities: owner === undefined });
}

/**
 * A file that is given an owner loses its capabilities, as chown(2) takes them away. What the target's file system
 * refuses, such as a label of another security module, is left out.
 */
function copyXattrs(source: string, target: string, { capabilities }: { capabilities: boolean }): void {
  for (const [name, value] of readXattrs(source)) {
    if (name === 'security.capability' && !capabilities) continue;
    try {
      setXattr(target, name, value);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code !== 'EOPNOTSUPP' && code !== 'ENOTSUP' && code !== 'EPERM' && code !== 'EACCES') throw error;
    }
  }
}

function lstatTarget(target: string): BigIntStats | undefined {
  return lstatSync(encodePath(target), { bigint: true, throwIfNoEntry: false });
}
