// File trees as text: laying one out on disk, and describing what is on disk in one line a path.
import { createHash } from 'node:crypto';
import {
  chmodSync,
  lchownSync,
  linkSync,
  lstatSync,
  lutimesSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';

/** Times that the fixtures are given, so that a kept time is known from a new one. Seconds since the epoch. */
export const fixtureTimes = {
  context: 1_577_934_245,
  base: 1_612_324_506,
  archive: 1_555_555_555,
  http: 1_533_333_333,
} as const;

/** Whatever is later than this was made during the build. */
const now = 1_640_995_200;

/** What one line of a tree's text says. */
interface TreeLine {
  path: string;
  kind: 'directory' | 'file' | 'symlink' | 'hardlink';
  mode?: number;
  owner: [uid: number, gid: number];
  /** The content, or where the link points. */
  value: string;
}

/**
 * Reads a line: `PATH[/] [MODE] [UID:GID] [: CONTENT | -> SYMLINK TARGET | = HARD LINK TARGET]`.
 * A path or a content that starts with a double quote is a JSON string.
 */
export function parseTreeLine(line: string): TreeLine {
  const match = /^("(?:[^"\\]|\\.)*"|[^\s:]+)(?: (\d{4}))?(?: (\d+):(\d+))?(?:(:| ->| =)(?: (.*))?)?$/.exec(
    line,
  );
  if (match === null) throw new Error(`a tree cannot hold the line ${JSON.stringify(line)}`);
  const [, path, mode, uid, gid, sign, value = ''] = match;
  const name = unquote(path!);
  const kind = { ':': 'file', ' ->': 'symlink', ' =': 'hardlink' }[sign ?? ''] ?? 'directory';
  return {
    path: name.replace(/\/$/, ''),
    kind: kind as TreeLine['kind'],
    ...(mode === undefined ? {} : { mode: Number.parseInt(mode, 8) }),
    owner: [Number(uid ?? 0), Number(gid ?? 0)],
    value: unquote(value),
  };
}

const unquote = (text: string): string => (text.startsWith('"') ? (JSON.parse(text) as string) : text);

/** Makes the tree that the lines describe below `root`, every path with the time `time` (in seconds). */
export function layOut(root: string, lines: readonly string[], time: number): void {
  mkdirSync(root, { recursive: true });
  for (const { path, kind, mode, owner, value } of lines.map(parseTreeLine)) {
    const file = join(root, path);
    mkdirSync(kind === 'directory' ? file : dirname(file), { recursive: true });
    if (kind === 'file') writeFileSync(file, value);
    if (kind === 'symlink') symlinkSync(value, file);
    if (kind === 'hardlink') linkSync(join(root, value), file);
    lchownSync(file, ...owner);
    if (kind === 'file') chmodSync(file, mode ?? 0o644);
    if (kind === 'directory') chmodSync(file, mode ?? 0o755);
  }
  for (const path of [...pathsBelow(root), '']) lutimesSync(join(root, path), time, time);
}

/** A described tree: paths from the root (`/etc/motd`) to the line that says what is there. */
export type Tree = Record<string, string>;

/** Describes all that is below `root`. */
export function describeTree(root: string): Tree {
  return Object.fromEntries(pathsBelow(root).map((path) => [`/${path}`, describePath(join(root, path))]));
}

/**
 * What differs, as the later description of each path, or `gone`. A directory that merely got a new time,
 * because something in it came or went, does not differ.
 */
export function differenceOf(before: Tree, after: Tree): Tree {
  const difference: Tree = {};
  for (const path of [...new Set([...Object.keys(before), ...Object.keys(after)])].sort()) {
    const was = before[path];
    const is = after[path];
    if (is === undefined) {
      if (!(dirname(path) in before) || dirname(path) in after) difference[path] = 'gone';
    } else if (was === undefined || (is.startsWith('dir ') ? timeless(was) !== timeless(is) : was !== is))
      difference[path] = is;
  }
  return difference;
}

const timeless = (line: string): string => line.split(' ').slice(0, 3).join(' ');

/** Every path below `root`, sorted, directories before what is in them. */
function pathsBelow(root: string, directory = ''): string[] {
  return readdirSync(join(root, directory), { withFileTypes: true })
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      const path = join(directory, entry.name);
      return entry.isDirectory() ? [path, ...pathsBelow(root, path)] : [path];
    });
}

/** `TYPE MODE UID:GID TIME [CONTENT]`, e.g. `file 0644 0:0 context "hello"`. */
function describePath(path: string): string {
  const stat = lstatSync(path);
  const kind = stat.isDirectory()
    ? 'dir'
    : stat.isFile()
      ? 'file'
      : stat.isSymbolicLink()
        ? 'symlink'
        : stat.isFIFO()
          ? 'fifo'
          : 'device';
  const words = [
    kind,
    kind === 'symlink' ? '----' : (stat.mode & 0o7777).toString(8).padStart(4, '0'),
    `${stat.uid}:${stat.gid}`,
    timeWord(Math.floor(stat.mtimeMs / 1000), kind),
  ];
  if (kind === 'file') words.push(describeContent(readFileSync(path)));
  if (kind === 'file' && stat.nlink > 1) words.push(`links=${stat.nlink}`);
  if (kind === 'symlink') words.push(`-> ${readlinkSync(path)}`);
  return words.join(' ');
}

/** What archives begin with, in hexadecimal; their bytes differ with the version of what packed them. */
const archiveMagic = /^(?:1f8b|425a68|fd377a58|28b52ffd)/;

/** Short text as it is, archives as such, all else by its digest. */
function describeContent(bytes: Buffer): string {
  if (archiveMagic.test(bytes.toString('hex', 0, 4)) || bytes.toString('latin1', 257, 262) === 'ustar')
    return 'an archive';
  const text = bytes.length <= 600 ? bytes.toString('utf8') : undefined;
  return text !== undefined && !text.includes('\uFFFD')
    ? JSON.stringify(text)
    : `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

/**
 * `-` for a directory that has its context's time or a new one: BuildKit itself gives now this, now that,
 * depending on how the transfer of the context went.
 */
function timeWord(seconds: number, kind: string): string {
  const fixture = Object.entries(fixtureTimes).find(([, time]) => time === seconds)?.[0];
  if (kind === 'dir' && (seconds >= now || fixture === 'context')) return '-';
  if (fixture !== undefined) return fixture;
  return seconds >= now ? 'now' : new Date(seconds * 1000).toISOString();
}
