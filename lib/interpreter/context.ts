// A build context as the instructions see it: a directory less what its ignore file leaves out.
import { type BigIntStats, lstatSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { decodePath, encodePath } from '../rootfs/byte-path.js';
import { pathInsideRoot, resolveInRoot } from '../rootfs/resolve.js';
import { type IgnoreFile, readIgnoreFile } from './dockerignore.js';
import { compileGlob, hasWildcard } from './globs.js';
import { cleanPath, type MatchedPatterns } from './path-patterns.js';
import type { BuildSession } from './session.js';

/** A tree to copy from. Paths in it are absolute inside it (`/a/b`), in the form of `byte-path`. */
export interface SourceTree {
  /** Absolute host path. */
  root: string;
  /** What errors call it. */
  label: string;
  ignoreFile?: IgnoreFile;
}

/**
 * The tree that COPY and ADD read: the build context, or the named one.
 * @throws Error where `from` names no `--build-context`: a stage or an image is never built or pulled.
 */
export function openContext({ session, from }: { session: BuildSession; from?: string }): SourceTree {
  if (from === undefined) {
    const { context, dockerfilePath } = session;
    return withIgnoreFile(
      { root: context, label: `the build context '${context}'` },
      { context, dockerfilePath },
    );
  }
  const context = session.namedContexts.get(from);
  if (context === undefined) {
    const known = [...session.namedContexts.keys()].map((name) => `'${name}'`).join(', ');
    throw new Error(
      `--from=${from} cannot be used: no image is pulled and no other stage is built here. ` +
        `Give the files as a directory with --build-context ${from}=DIR` +
        (known === '' ? '.' : `; known are ${known}.`),
    );
  }
  return withIgnoreFile({ root: context, label: `the context '${from}' ('${context}')` }, { context });
}

function withIgnoreFile(tree: SourceTree, place: { context: string; dockerfilePath?: string }): SourceTree {
  const ignoreFile = readIgnoreFile(place);
  return ignoreFile === undefined ? tree : { ...tree, ignoreFile };
}

/** Absolute host path of a path in the tree. */
export function hostPath(tree: SourceTree, path: string): string {
  return join(tree.root, path);
}

/** What the tree has at a path, links not followed. */
export function statSource(tree: SourceTree, path: string): BigIntStats | undefined {
  return lstatSync(encodePath(hostPath(tree, path)), { bigint: true, throwIfNoEntry: false });
}

/** What is known of a directory while a tree is walked: which ignore patterns it matched. */
export type IgnoreState = MatchedPatterns | undefined;

export interface SourceEntry {
  name: string;
  path: string;
  state: IgnoreState;
}

/** The visible entries of a directory, sorted by name. */
export function listSource(tree: SourceTree, path: string, state: IgnoreState): SourceEntry[] {
  const names = readdirSync(encodePath(hostPath(tree, path)), 'buffer')
    .map(decodePath)
    .sort();
  const entries: SourceEntry[] = [];
  for (const name of names) {
    const entry = { name, path: join(path, name) };
    const judged = judge(tree, entry.path, state);
    if (judged.visible) entries.push({ ...entry, state: judged.state });
  }
  return entries;
}

/** The state of a visible directory, for `listSource`; undefined for the root. */
export function ignoreStateOf(tree: SourceTree, path: string): IgnoreState {
  let state: IgnoreState;
  if (tree.ignoreFile === undefined) return undefined;
  for (const ancestor of ancestorsAndSelf(path)) {
    state = tree.ignoreFile.patterns.match(ancestor.slice(1), state).patterns;
  }
  return state;
}

/**
 * Whether a path is visible, and the state for its children. An ignored directory is visible, like any
 * other, when an exception brings back something below it.
 */
function judge(
  tree: SourceTree,
  path: string,
  parent: IgnoreState,
): { visible: boolean; state: IgnoreState } {
  if (tree.ignoreFile === undefined) return { visible: true, state: undefined };
  const { matched, patterns: state } = tree.ignoreFile.patterns.match(path.slice(1), parent);
  if (!matched) return { visible: true, state };
  const visible =
    tree.ignoreFile.patterns.hasExceptions &&
    statSource(tree, path)?.isDirectory() === true &&
    listSource(tree, path, state).length > 0;
  return { visible, state };
}

/** Whether a path that exists is ignored. */
function isIgnored(tree: SourceTree, path: string): boolean {
  let state: IgnoreState;
  for (const ancestor of ancestorsAndSelf(path)) {
    const judged = judge(tree, ancestor, state);
    if (!judged.visible) return true;
    state = judged.state;
  }
  return false;
}

function ancestorsAndSelf(path: string): string[] {
  const names = path.split('/').filter((name) => name !== '');
  return names.map((_, index) => `/${names.slice(0, index + 1).join('/')}`);
}

/** A source that an instruction names, found in the tree. */
export interface FoundSource {
  /** The path as the instruction or a wildcard named it; its last name is what the copy is called. */
  named: string;
  /** The path in the tree that it leads to, links followed. */
  path: string;
  stats: BigIntStats;
}

/**
 * Finds what a source word means: one path, or all that its wildcards match, sorted. Parent directories
 * that lead out of the tree are stripped, and links are followed inside the tree, as in BuildKit.
 * Wildcards that match nothing find nothing.
 * @throws Error naming the source where it does not exist, is ignored, or leads around in a circle.
 */
export function findSources(tree: SourceTree, word: string): FoundSource[] {
  const cleaned = cleanPath(join('/', word));
  const names = cleaned.split('/').slice(1);
  const firstWild = names.findIndex(hasWildcard);
  if (firstWild < 0) return [findSource(tree, cleaned, word)];
  const base = findSource(tree, `/${names.slice(0, firstWild).join('/')}`, word);
  if (!base.stats.isDirectory()) return [];
  return expand(tree, base.path, names.slice(firstWild)).map((path) => findSource(tree, path, word));
}

function expand(tree: SourceTree, directory: string, globs: readonly string[]): string[] {
  const [glob, ...rest] = globs;
  const matches = compileGlob(glob!);
  return listSource(tree, directory, ignoreStateOf(tree, directory))
    .filter(({ name }) => matches(name))
    .flatMap(({ path }) => {
      if (rest.length === 0) return [path];
      return statSource(tree, path)?.isDirectory() ? expand(tree, path, rest) : [];
    });
}

/**
 * Checks that a path without wildcards is there, no link followed on the way or at the end.
 * @param path in the tree, absolute and cleaned.
 * @throws Error naming the source word where it is missing or ignored.
 */
export function requireSource(tree: SourceTree, path: string, word: string): void {
  for (const ancestor of ancestorsAndSelf(path)) {
    const stats = statSource(tree, ancestor);
    if (stats === undefined) throw missingSource(tree, word, path, path);
    if (isIgnored(tree, ancestor)) throw ignoredSource(tree, word, ancestor);
    if (ancestor === path || stats.isDirectory()) continue;
    throw new Error(
      `The source '${word}' cannot be copied from ${tree.label}: '${ancestor.slice(1)}' is not a directory, ` +
        'and --parents follows no link. Name what lies behind it.',
    );
  }
}

function findSource(tree: SourceTree, named: string, word: string): FoundSource {
  let path: string;
  try {
    const found = resolveInRoot({ root: tree.root, path: named, followLast: true });
    path = pathInsideRoot({ root: tree.root, hostPath: found });
  } catch (error) {
    throw new Error(`The source '${word}' cannot be read from ${tree.label}: ${(error as Error).message}`, {
      cause: error,
    });
  }
  for (const candidate of [named, path]) {
    const stats = statSource(tree, candidate);
    if (stats !== undefined && isIgnored(tree, candidate)) throw ignoredSource(tree, word, candidate);
  }
  const stats = statSource(tree, path);
  if (stats === undefined) throw missingSource(tree, word, named, path);
  return { named, path, stats };
}

function ignoredSource(tree: SourceTree, word: string, path: string): Error {
  return new Error(
    `The source '${word}' is in ${tree.label}, but '${tree.ignoreFile!.path}' leaves '${path.slice(1)}' out. ` +
      `Except it there with a line '!${path.slice(1)}'.`,
  );
}

function missingSource(tree: SourceTree, word: string, named: string, path: string): Error {
  const outside = join('.', word).startsWith('../')
    ? ` A source cannot lie outside: '../' is stripped, so '${named.slice(1)}' was looked for.`
    : '';
  const link =
    path === named ? '' : ` It is a symbolic link or lies behind one, and leads to '${path}' there.`;
  return new Error(`The source '${word}' does not exist in ${tree.label}.${outside}${link}`);
}
