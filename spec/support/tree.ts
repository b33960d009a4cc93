// A whole tree as data, for comparing two: every path with all its metadata, a hash of its content and
// which other paths are the same file.
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import { decodePath, encodePath } from '../../lib/rootfs/byte-path.js';
import { readXattrs } from '../../lib/rootfs/syscalls.js';

export interface TreeNode {
  type: string;
  /** Octal permission bits. */
  mode: string;
  owner: string;
  /** Nanoseconds since the epoch. */
  modified: bigint;
  /** `name=hex`. */
  xattrs: string[];
  /** Of a file, `size:sha256`; of a symlink, its target; of a device, its number. */
  content?: string;
  /** The names of the same inode in the tree, itself included, where there are several. */
  links?: string[];
}

export type Tree = Map<string, TreeNode>;

/** The tree below a root, the root itself as `/`; sorted by path. */
export function readTree(root: string): Tree {
  const tree: Tree = new Map();
  const inodes = new Map<string, string[]>();
  const walk = (path: string) => {
    const file = root + path;
    const stat = fs.lstatSync(encodePath(file), { bigint: true });
    const node: TreeNode = {
      type: typeOf(stat),
      mode: (Number(stat.mode) & 0o7777).toString(8),
      owner: `${stat.uid}:${stat.gid}`,
      modified: stat.mtimeNs,
      xattrs: readXattrs(file).map(([name, value]) => `${name}=${value.toString('hex')}`),
    };
    if (stat.isFile()) node.content = `${stat.size}:${hashFile(file)}`;
    if (stat.isSymbolicLink())
      node.content = decodePath(fs.readlinkSync(encodePath(file), { encoding: 'buffer' }));
    if (stat.isCharacterDevice() || stat.isBlockDevice()) node.content = String(stat.rdev);
    if (!stat.isDirectory() && stat.nlink > 1n) {
      const names = inodes.get(`${stat.dev}:${stat.ino}`) ?? [];
      names.push(path);
      inodes.set(`${stat.dev}:${stat.ino}`, names);
      node.links = names;
    }
    tree.set(path === '' ? '/' : path, node);
    if (!stat.isDirectory()) return;
    const names = fs
      .readdirSync(encodePath(file === '' ? '/' : file), { encoding: 'buffer' })
      .map(decodePath);
    for (const name of names.sort()) walk(`${path}/${name}`);
  };
  walk('');
  for (const node of tree.values()) if (node.links?.length === 1) delete node.links;
  return tree;
}

/** Sentences for each difference; none: the trees are identical. */
export function compareTrees(actual: Tree, expected: Tree): string[] {
  const differences: string[] = [];
  for (const path of new Set([...actual.keys(), ...expected.keys()])) {
    const [one, other] = [describe(actual.get(path)), describe(expected.get(path))];
    if (one !== other) differences.push(`${JSON.stringify(path)}: ${one} instead of ${other}`);
  }
  return differences;
}

function describe(node: TreeNode | undefined): string {
  if (node === undefined) return 'nothing';
  const { type, mode, owner, modified, xattrs, content, links } = node;
  return JSON.stringify({ type, mode, owner, modified: String(modified), xattrs, content, links });
}

function typeOf(stat: fs.BigIntStats): string {
  if (stat.isFile()) return 'file';
  if (stat.isDirectory()) return 'directory';
  if (stat.isSymbolicLink()) return 'symlink';
  if (stat.isCharacterDevice()) return 'character-device';
  if (stat.isBlockDevice()) return 'block-device';
  return stat.isFIFO() ? 'fifo' : 'socket';
}

function hashFile(file: string): string {
  const hash = createHash('sha256');
  const fd = fs.openSync(encodePath(file), 'r');
  const buffer = Buffer.alloc(1024 * 1024);
  for (let read = -1; read !== 0; ) {
    read = fs.readSync(fd, buffer, 0, buffer.length, null);
    hash.update(buffer.subarray(0, read));
  }
  fs.closeSync(fd);
  return hash.digest('hex');
}
