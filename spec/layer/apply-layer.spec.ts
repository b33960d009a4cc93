import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import zlib from 'node:zlib';
import fc from 'fast-check';
import { digestOf } from '../../lib/image/digest.js';
import { applyLayer } from '../../lib/layer/apply-layer.js';
import type { Entry } from '../../lib/layer/entry.js';
import { encodeHeader, padding, trailer } from '../../lib/layer/tar-header.js';
import { setTimes } from '../../lib/rootfs/syscalls.js';
import { compareTrees, readTree } from '../support/tree.js';

let work: string;
let rootfs: string;
beforeEach(() => {
  work = fs.mkdtempSync(join(tmpdir(), 'layer-spec-'));
  rootfs = join(work, 'rootfs');
  fs.mkdirSync(join(rootfs, 'etc'), { recursive: true });
  fs.mkdirSync(join(work, 'outside'));
  fs.writeFileSync(join(work, 'outside/file'), 'precious');
  fs.writeFileSync(join(rootfs, 'etc/file'), 'inside');
});
afterEach(() => fs.rmSync(work, { recursive: true, force: true }));

type Piece = Partial<Entry> & { path: string; content?: string };

function tarOf(pieces: Piece[]): Buffer {
  const parts = pieces.flatMap(({ content = '', ...piece }) => {
    const entry: Entry = {
      type: 'file',
      mode: 0o644,
      uid: 0,
      gid: 0,
      size: content.length,
      modified: 1_000_000_000n,
      xattrs: [],
      ...piece,
    };
    return [encodeHeader(entry), Buffer.from(content), padding(content.length)];
  });
  return Buffer.concat([...parts, trailer()]);
}

function apply(tar: Buffer, more: object = {}): Promise<void> {
  const file = join(work, 'layer');
  fs.writeFileSync(file, tar);
  return applyLayer({ layer: { file, ...more }, rootfs });
}

describe('applying a layer', () => {
  it.each<[string, Piece[]]>([
    ['leads out with ".."', [{ path: '../outside/file', content: 'x' }]],
    ['leads out with ".."', [{ path: 'etc/../../outside/file' }]],
    ['is absolute', [{ path: '/etc/file', content: 'x' }]],
    ['leads out with ".."', [{ path: 'link', type: 'link', linkName: '../outside/file' }]],
    ['is absolute', [{ path: 'link', type: 'link', linkName: '/etc/file' }]],
    ['comes twice', [{ path: 'etc/a' }, { path: 'etc/a' }]],
    ['comes twice', [{ path: 'etc/a' }, { path: './etc//a' }]],
    ['is a whiteout of nothing', [{ path: 'etc/.wh.' }]],
    ['is a whiteout of nothing', [{ path: 'etc/.wh...' }]],
    ['is a link to itself', [{ path: 'etc/a', type: 'link', linkName: 'etc/a' }]],
    ['is not a directory', [{ path: '', type: 'fifo' }]],
    ['which layers do not have', [{ path: 'a', type: 'fifo', linkName: 'becomes sparse' }]],
    ['is a whiteout of nothing', [{ path: 'etc/.wh.a/b' }]],
    ['is longer than 4096', [{ path: 'a/'.repeat(3000) }]],
    ['headers of an entry are longer', [{ path: 'a', xattrs: [['user.a', Buffer.alloc(1 << 20)]] }]],
  ])('refuses an entry that (or whose) %s, before anything is changed', async (reason, pieces) => {
    const before = readTree(work);
    const tar = tarOf([{ path: 'etc/file', content: 'changed' }, ...pieces]);
    if (pieces[0]!.linkName === 'becomes sparse') rewriteType(tar, 'S');
    await expect(apply(tar)).rejects.toThrow(reason);
    fs.rmSync(join(work, 'layer'));
    setTimes(work, 0n, before.get('/')!.modified);
    expect(compareTrees(readTree(work), before)).toEqual([]);
  });

  it('refuses what is cut short or damaged anywhere, before anything is changed', async () => {
    const content = randomBytes(3000).toString('hex');
    const tar = tarOf([
      { path: 'etc/file', content },
      { path: 'etc/other', content },
    ]);
    const gzip = zlib.gzipSync(tar);
    const digest = digestOf(gzip);
    const before = readTree(rootfs);
    await fc.assert(
      fc.asyncProperty(fc.nat(gzip.length - 1), fc.integer({ min: 1, max: 255 }), async (at, flip) => {
        const damaged = Buffer.from(gzip);
        damaged[at]! ^= flip;
        await expect(apply(damaged, { digest })).rejects.toThrow(/The layer .* Nothing was changed/s);
        await expect(apply(gzip.subarray(0, at))).rejects.toThrow('Nothing was changed');
        await expect(apply(tar.subarray(0, at % (tar.length - 1024)))).rejects.toThrow('Nothing was changed');
      }),
      { numRuns: 60 },
    );
    await expect(apply(gzip, { digest, diffID: digest })).rejects.toThrow('its diffID is');
    expect(compareTrees(readTree(rootfs), before)).toEqual([]);
  });

  it('follows symlinked directories inside the root only', async () => {
    fs.symlinkSync(join(work, 'outside'), join(rootfs, 'absolute'));
    fs.symlinkSync('../../../../../../../../etc', join(rootfs, 'climbing'));
    const outside = readTree(join(work, 'outside'));
    await apply(
      tarOf([
        { path: 'absolute/file', content: 'a' },
        { path: 'climbing/new', content: 'b' },
        { path: 'absolute/.wh.file2' },
        { path: 'made', type: 'symlink', linkName: join(work, 'outside') },
        { path: 'made/deep/er', content: 'c' },
        { path: 'link', type: 'link', linkName: 'climbing/file' },
      ]),
    );
    expect(compareTrees(readTree(join(work, 'outside')), outside)).toEqual([]);
    expect(fs.readFileSync(join(rootfs, work, 'outside/file'), 'utf8')).toBe('a');
    expect(fs.readFileSync(join(rootfs, work, 'outside/deep/er'), 'utf8')).toBe('c');
    expect(fs.readFileSync(join(rootfs, 'etc/new'), 'utf8')).toBe('b');
    expect(fs.readFileSync(join(rootfs, 'link'), 'utf8')).toBe('inside');
  });

  it('writes through no link, whatever it replaces', async () => {
    fs.symlinkSync(join(work, 'outside/file'), join(rootfs, 'symlink'));
    fs.linkSync(join(work, 'outside/file'), join(rootfs, 'hardlink'));
    fs.symlinkSync(join(work, 'outside'), join(rootfs, 'directory'));
    execFileSync('mkfifo', [join(rootfs, 'fifo')]);
    const outside = readTree(join(work, 'outside'));
    outside.get('/file')!.links = undefined as never;
    delete outside.get('/file')!.links;
    await apply(
      tarOf([
        { path: 'symlink', content: 'x' },
        { path: 'hardlink', content: 'x', uid: 7 },
        { path: 'directory', type: 'directory', mode: 0o700 },
        { path: 'fifo', content: 'x' },
      ]),
    );
    expect(compareTrees(readTree(join(work, 'outside')), outside)).toEqual([]);
    for (const name of ['symlink', 'hardlink', 'fifo'])
      expect(fs.readFileSync(join(rootfs, name), 'utf8')).toBe('x');
    expect(fs.lstatSync(join(rootfs, 'directory')).isDirectory()).toBe(true);
  });

  it('sets no time behind a symlink that took the place of a directory', async () => {
    fs.mkdirSync(join(work, 'outside/sub'));
    setTimes(join(work, 'outside/sub'), 5n, 5n);
    await apply(
      tarOf([
        { path: 'a/sub', type: 'directory' },
        { path: 'b', type: 'directory' },
        { path: 'a', type: 'symlink', linkName: join(work, 'outside') },
      ]),
    );
    expect(fs.lstatSync(join(work, 'outside/sub'), { bigint: true }).mtimeNs).toBe(5n);
    expect(fs.readlinkSync(join(rootfs, 'a'))).toBe(join(work, 'outside'));
  });

  it('takes away what whiteouts name in lower layers, not what the layer itself brings', async () => {
    for (const path of ['full/old', 'full/sub/old', 'gone/deep', 'both/old'])
      fs.cpSync(join(rootfs, 'etc/file'), join(rootfs, path));
    fs.mkdirSync(join(rootfs, 'full/new'), { recursive: true });
    fs.writeFileSync(join(rootfs, 'full/new/old'), '');
    await apply(
      tarOf([
        { path: 'full', type: 'directory' },
        { path: 'full/new', type: 'directory' },
        { path: 'full/new/file', content: 'x' },
        { path: 'full/.wh..wh..opq' },
        { path: '.wh.gone' },
        { path: '.wh.never-there' },
        { path: 'both', content: 'file' },
        { path: '.wh.both' },
        { path: '.wh..wh.plnk/x', content: 'aufs' },
      ]),
    );
    expect([...readTree(rootfs).keys()].sort()).toEqual(
      ['/', '/both', '/etc', '/etc/file', '/full', '/full/new', '/full/new/file'].sort(),
    );
  });

  it('keeps the time of a directory that the layer changes without having an entry for it', async () => {
    setTimes(join(rootfs, 'etc'), 123n, 123n);
    await apply(tarOf([{ path: 'etc/new' }, { path: 'etc/.wh.file' }]));
    expect(fs.statSync(join(rootfs, 'etc'), { bigint: true }).mtimeNs).toBe(123n);
  });

  it('applies what GNU tar and bsd-like producers write', async () => {
    const source = join(work, 'source');
    fs.mkdirSync(join(source, 'd/'.repeat(70)), { recursive: true });
    fs.writeFileSync(join(source, 'd/'.repeat(70), 'n'.repeat(150)), 'deep');
    fs.writeFileSync(join(source, 'big-id'), 'x');
    fs.chownSync(join(source, 'big-id'), 3_000_000, 4_000_000_000);
    fs.symlinkSync('t'.repeat(200), join(source, 'long-link'));
    for (const format of ['gnu', 'posix']) {
      const target = join(work, format);
      fs.mkdirSync(target);
      const file = join(work, `${format}.tar`);
      execFileSync('tar', ['--numeric-owner', `--format=${format}`, '-cf', file, '-C', source, '.']);
      await applyLayer({ layer: { file }, rootfs: target });
      const [found, wanted] = [readTree(target), readTree(source)];
      // GNU's own format has whole seconds only.
      if (format === 'gnu') {
        for (const node of wanted.values()) node.modified -= node.modified % 1_000_000_000n;
      }
      expect(compareTrees(found, wanted)).toEqual([]);
    }
  });
});

function rewriteType(tar: Buffer, type: string): void {
  const at = tar.length - 1024 - 512;
  tar.write(type, at + 156, 'latin1');
  tar.fill(0x20, at + 148, at + 156);
  let sum = 0;
  for (const byte of tar.subarray(at, at + 512)) sum += byte;
  tar.write(`${sum.toString(8).padStart(6, '0')}\0 `, at + 148, 'latin1');
}
