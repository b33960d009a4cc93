// A context, a rootfs and a session in a folder of their own, for the specs of COPY, ADD and WORKDIR.
import {
  chmodSync,
  lstatSync,
  lutimesSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { AddInstruction, CopyInstruction } from '../../lib/dockerfile/instruction.js';
import type { BuildSession } from '../../lib/interpreter/session.js';
import { silentLogger } from '../../lib/report/logger.js';

/** Paths to contents: `dir/` a directory, `-> target` a symlink, `!644 text` a file of that mode. */
export type Tree = Record<string, string>;

export interface Sandbox {
  folder: string;
  context: string;
  rootfs: string;
  session: BuildSession;
  remove(): void;
}

/** When everything that `writeTree` makes was modified, in seconds. */
export const longAgo = 1_000_000_000;

export function makeSandbox({
  context = {},
  rootfs = {},
  ...session
}: { context?: Tree; rootfs?: Tree } & Partial<Omit<BuildSession, 'context' | 'rootfs'>>): Sandbox {
  const folder = mkdtempSync(join(tmpdir(), 'copy-spec-'));
  const paths = { context: join(folder, 'context'), rootfs: join(folder, 'rootfs') };
  writeTree(paths.context, context);
  writeTree(paths.rootfs, rootfs);
  return {
    folder,
    ...paths,
    session: {
      ...paths,
      dockerfilePath: join(paths.context, 'Dockerfile'),
      namedContexts: new Map(),
      secrets: new Map(),
      workDir: join(folder, 'work'),
      cacheMountDir: join(folder, 'cache'),
      config: {},
      environment: new Map(),
      proxyArgs: new Map(),
      touched: new Map(),
      restored: new Map(),
      launcher: {} as BuildSession['launcher'],
      logger: silentLogger,
      onEvent() {},
      signal: new AbortController().signal,
      ...session,
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

export function writeTree(root: string, tree: Tree): void {
  mkdirSync(root, { recursive: true });
  for (const [name, value] of Object.entries(tree)) {
    const path = join(root, name);
    const [, mode, text] = /^!([0-7]+) ?([\s\S]*)$/.exec(value) ?? [undefined, undefined, value];
    mkdirSync(dirname(path), { recursive: true });
    if (name.endsWith('/')) mkdirSync(path, { recursive: true });
    else if (value.startsWith('-> ')) symlinkSync(value.slice(3), path);
    else writeFileSync(path, text!);
    if (mode !== undefined) chmodSync(path, Number.parseInt(mode, 8));
  }
  age(root);
}

function age(path: string): void {
  if (lstatSync(path).isDirectory()) for (const name of readdirSync(path)) age(join(path, name));
  lutimesSync(path, longAgo, longAgo);
}

/** A tree as `writeTree` takes it; directories appear when they are empty. */
export function readTree(root: string): Tree {
  const tree: Tree = {};
  const visit = (path: string): void => {
    const host = join(root, path);
    const stats = lstatSync(host);
    if (stats.isSymbolicLink()) tree[path] = `-> ${readlinkSync(host)}`;
    else if (!stats.isDirectory()) tree[path] = stats.isFile() ? readFileSync(host, 'utf8') : 'special';
    else {
      const names = readdirSync(host).sort();
      if (names.length === 0 && path !== '') tree[`${path}/`] = '';
      for (const name of names) visit(join(path, name));
    }
  };
  visit('');
  return tree;
}

/** `mode uid:gid`, with ` aged` where the modification time is that of the source. */
export function describeEntry(root: string, path: string): string {
  const { mode, uid, gid, mtimeMs } = lstatSync(join(root, path));
  return `${(mode & 0o7777).toString(8)} ${uid}:${gid}${mtimeMs === longAgo * 1000 ? ' aged' : ''}`;
}

const position = { line: 1, column: 1 };
const nothing = {
  range: { start: position, end: position },
  source: '',
  heredocs: [],
  link: false,
  parents: false,
  excludes: [],
};

export function copyInstruction(
  fields: Partial<CopyInstruction> & Pick<CopyInstruction, 'sources' | 'destination'>,
): CopyInstruction {
  return { keyword: 'COPY', ...nothing, ...fields };
}

export function addInstruction(
  fields: Partial<AddInstruction> & Pick<AddInstruction, 'sources' | 'destination'>,
): AddInstruction {
  return { keyword: 'ADD', ...nothing, keepGitDir: false, ...fields };
}

export function heredoc(name: string, content: string): CopyInstruction['heredocs'][number] {
  return { name, content, source: `<<${name}`, expand: true, range: nothing.range };
}
