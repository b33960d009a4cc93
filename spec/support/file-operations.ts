// Random changes to a directory tree, as the programs in a RUN might make them. An operation that its
// circumstances do not permit (no such file, a directory in the way) does nothing. Symlinks lead no way up,
// so nothing outside the tree is ever touched.
import fs from 'node:fs';
import { basename, dirname } from 'node:path';
import fc from 'fast-check';
import { decodePath, encodePath } from '../../lib/rootfs/byte-path.js';
import { makeNode, removeXattr, setTimes, setXattr } from '../../lib/rootfs/syscalls.js';

export interface FileOperation {
  name: keyof typeof operations;
  path: string;
  other: string;
  number: number;
}

/** Does the operations below a directory, in order. */
export function operate(root: string, sequence: readonly FileOperation[]): void {
  for (const { name, path, other, number } of sequence) {
    try {
      operations[name](root + path, root + other, number);
    } catch (error) {
      if (!(error as NodeJS.ErrnoException).code) throw error;
    }
  }
}

const operations = {
  write: (path: string, _: string, number: number) =>
    fs.writeFileSync(regular(path), `content ${number % 10}`),
  append: (path: string, _: string, number: number) => fs.appendFileSync(regular(path), String(number)),
  /** Same size, same times. */
  forge(path: string, _: string, number: number) {
    const { size, atimeNs, mtimeNs } = fs.statSync(regular(path), { bigint: true });
    const file = fs.openSync(regular(path), 'r+');
    fs.writeSync(file, Buffer.alloc(Number(size), number));
    fs.closeSync(file);
    setTimes(path, atimeNs, mtimeNs);
  },
  truncate: (path: string, _: string, number: number) => fs.truncateSync(regular(path), number % 5),
  makeDirectory: (path: string) => fs.mkdirSync(encodePath(path), { recursive: true }),
  remove: (path: string) => fs.rmSync(encodePath(path), { recursive: true }),
  rename: (path: string, other: string) => fs.renameSync(encodePath(path), encodePath(other)),
  replace(path: string, other: string) {
    if (path.startsWith(other)) return;
    fs.rmSync(encodePath(other), { recursive: true });
    fs.renameSync(encodePath(path), encodePath(other));
  },
  swap(path: string, other: string) {
    fs.renameSync(encodePath(path), encodePath(`${path}.aside`));
    fs.renameSync(encodePath(other), encodePath(path));
    fs.renameSync(encodePath(`${path}.aside`), encodePath(other));
  },
  moveThereAndBack(path: string, other: string) {
    fs.renameSync(encodePath(path), encodePath(other));
    fs.renameSync(encodePath(other), encodePath(path));
  },
  /** A new directory of the same name, into which some of what was in the old one is moved. */
  remakeDirectory(path: string, _: string, number: number) {
    const aside = `${path}.aside`;
    fs.renameSync(encodePath(path), encodePath(aside));
    fs.mkdirSync(encodePath(path));
    for (const name of fs.readdirSync(encodePath(aside), { encoding: 'buffer' }).slice(0, number % 3))
      fs.renameSync(encodePath(`${aside}/${decodePath(name)}`), encodePath(`${path}/${decodePath(name)}`));
    fs.rmSync(encodePath(aside), { recursive: true });
  },
  /** To where nothing is, and not into itself, by whatever way: Node's `cp` would go on until its stack ends. */
  copyDirectory(path: string, other: string) {
    const inside = `${fs.realpathSync(dirname(decodable(other)))}/`;
    if (inside.startsWith(`${fs.realpathSync(decodable(path))}/`)) throw refusal('EINVAL');
    if (fs.lstatSync(other, { throwIfNoEntry: false })) throw refusal('EEXIST');
    fs.cpSync(path, other, { recursive: true, verbatimSymlinks: true });
  },
  link: (path: string, other: string) => fs.linkSync(encodePath(path), encodePath(other)),
  symlink: (path: string, other: string, number: number) =>
    fs.symlinkSync(encodePath(['a', '.', 'b/c', basename(other)][number % 4]!), encodePath(path)),
  replaceBySymlink(path: string, other: string) {
    fs.rmSync(encodePath(path), { recursive: true });
    fs.symlinkSync(encodePath(basename(other)), encodePath(path));
  },
  moveAsideAndLeaveSymlink(path: string) {
    fs.renameSync(encodePath(path), encodePath(`${path}.aside`));
    fs.symlinkSync(encodePath(basename(`${path}.aside`)), encodePath(path));
  },
  makeFifo: (path: string) => makeNode(path, fs.constants.S_IFIFO | 0o644, 0n),
  makeDevice: (path: string, _: string, number: number) =>
    makeNode(path, fs.constants.S_IFCHR | 0o600, BigInt(256 + (number % 4))),
  chmod: (path: string, _: string, number: number) => fs.chmodSync(encodePath(path), number & 0o7777),
  chown: (path: string, _: string, number: number) => fs.lchownSync(encodePath(path), number, number),
  setTime: (path: string, _: string, number: number) => setTimes(path, BigInt(number), BigInt(number)),
  setAttribute: (path: string, _: string, number: number) =>
    setXattr(path, 'user.note', Buffer.from([number & 255])),
  removeAttribute: (path: string) => removeXattr(path, 'user.note'),
};

/** Opening a fifo would wait for its other end. */
function regular(path: string): string | Buffer {
  const stats = fs.statSync(encodePath(path), { throwIfNoEntry: false });
  if (stats && !stats.isFile()) throw refusal('EINVAL');
  return encodePath(path);
}

/** `cp` of Node takes strings alone; other names are left to the other operations. */
function decodable(path: string): string {
  if (!path.isWellFormed()) throw refusal('EILSEQ');
  return path;
}

function refusal(code: string): Error {
  return Object.assign(new Error(`the operation is not done: ${code}`), { code });
}

const oddNames = ['a.b', 'ü', '\u{1f600}', '\uFFFD', 'new\nline', 'back\\slash', '.wh.a', '#', ' '];
const names = [...oddNames, decodePath(Buffer.from([0x66, 0xff, 0xc3])), decodePath(Buffer.from([0x80]))];
const arbitraryName = fc.oneof(
  { weight: 5, arbitrary: fc.constantFrom('a', 'b', 'c') },
  { weight: 1, arbitrary: fc.constantFrom(...names) },
);
const arbitraryPath = fc
  .array(arbitraryName, { minLength: 1, maxLength: 3 })
  .map((parts) => `/${parts.join('/')}`);
const operationNames = Object.keys(operations) as FileOperation['name'][];

export const arbitraryOperation: fc.Arbitrary<FileOperation> = fc.record({
  name: fc.constantFrom(...operationNames),
  path: arbitraryPath,
  other: arbitraryPath,
  number: fc.nat(0o7777),
});

/** Operations that make a tree with something in it, whatever follows. */
export const seed: FileOperation[] = ['/a/a', '/a/b/c', '/b/a', '/b/b/c', '/c', '/a/b/ü'].flatMap(
  (path, number) => [
    { name: 'makeDirectory', path, other: path, number },
    { name: 'write', path: `${path}/a`, other: path, number },
    { name: 'write', path: `${path}/f`, other: path, number },
  ],
);
