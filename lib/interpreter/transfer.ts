// What COPY and ADD have in common: destinations, the rules their flags make, and putting one source there.
import { type BigIntStats, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { AddInstruction, CopyInstruction } from '../dockerfile/instruction.js';
import { encodePath } from '../rootfs/byte-path.js';
import { pathInsideRoot, resolveInRoot } from '../rootfs/resolve.js';
import type { SourceTree } from './context.js';
import { type CopyRules, copyTree } from './copy-tree.js';
import { makeDirectories } from './make-directories.js';
import { parseMode } from './mode.js';
import { lookupOwnership, namesAccounts, type Ownership } from './ownership.js';
import { cleanPath, compilePathPatterns } from './path-patterns.js';
import type { BuildSession } from './session.js';

const directoryMode = 0o755;

/** Where one instruction puts things, and how. */
export interface Destination {
  /** Absolute host path of the tree that is written: the rootfs, or an empty one for `--link`. */
  root: string;
  /** Absolute inside the root, cleaned, with its trailing slash where it must be a directory. */
  path: string;
  rules: CopyRules;
  /** Owner and mode of the directories that are made on the way. */
  parents: { owner?: Ownership | undefined; mode: number };
  /** What the instruction has written where the destination itself is a file, to refuse a second one. */
  writtenAsFile?: string;
}

/**
 * The destination of an instruction.
 * @param root where it is written instead of the session's rootfs; accounts are always the rootfs's.
 * @throws Error for a flag whose value cannot be used.
 */
export function openDestination({
  instruction,
  session,
  root = session.rootfs,
}: {
  instruction: CopyInstruction | AddInstruction;
  session: BuildSession;
  root?: string;
}): Destination {
  const { chown, chmod, excludes } = instruction;
  if (chown && root !== session.rootfs && namesAccounts(chown)) {
    throw new Error(
      `--chown=${chown} cannot be used with --link, which does not look into the image: give numbers, or leave --link out.`,
    );
  }
  const owner = chown
    ? lookupOwnership({ rootfs: session.rootfs, owner: chown, flag: `--chown=${chown}` })
    : undefined;
  const mode = chmod ? parseMode(chmod) : undefined;
  return {
    root,
    path: absoluteDestination(instruction.destination, session.config.WorkingDir),
    rules: {
      owner: owner ?? { uid: 0, gid: 0 },
      ...(mode === undefined ? {} : { mode }),
      ...(excludes.length === 0 ? {} : { excludes: compilePathPatterns(excludes) }),
    },
    parents: { owner, mode: (mode?.absolute ?? directoryMode) & 0o777 },
  };
}

/** A destination made absolute; `.`, `dir/` and `dir/.` keep saying that it is a directory. */
export function absoluteDestination(destination: string, workingDir: string | undefined): string {
  const meansDirectory = /(^|\/)\.?$/.test(destination);
  const cleaned = cleanPath(
    destination.startsWith('/') ? destination : join('/', workingDir ?? '', destination),
  );
  return meansDirectory && cleaned !== '/' ? `${cleaned}/` : cleaned;
}

/**
 * Puts one source into the destination: a file into the directory or as the file that it names, a directory's
 * contents into the directory.
 * @param named the path whose last name a file gets in a destination directory.
 * @param path of the source in the tree, links followed.
 */
export async function placeSource({
  tree,
  named,
  path,
  stats,
  destination,
  signal,
}: {
  tree: SourceTree;
  named: string;
  path: string;
  stats: BigIntStats;
  destination: Destination;
  signal: AbortSignal;
}): Promise<void> {
  const { root, parents, rules } = destination;
  const way = destination.path.endsWith('/') ? destination.path : dirname(destination.path);
  makeDirectories({ root, path: way, ...parents });
  let target = resolveInRoot({ root, path: destination.path, followLast: true });
  const existing = statSync(encodePath(target), { throwIfNoEntry: false });
  if (stats.isDirectory()) {
    if (existing === undefined) {
      makeDirectories({ root, path: pathInsideRoot({ root, hostPath: target }), ...parents });
    }
  } else if (existing?.isDirectory()) {
    target = join(target, basename(named));
  } else {
    if (destination.writtenAsFile !== undefined) {
      throw new Error(
        `'${destination.writtenAsFile}' and '${named.slice(1)}' would both become the file '${destination.path}', ` +
          `and only the last would remain. End the destination with a slash to make it a directory: '${destination.path}/'.`,
      );
    }
    destination.writtenAsFile = named.slice(1);
    makeDirectories({ root, path: pathInsideRoot({ root, hostPath: dirname(target) }), ...parents });
  }
  await copyTree({ tree, path, target, root, rules, signal });
}
