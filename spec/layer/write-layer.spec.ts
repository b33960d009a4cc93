import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import zlib from 'node:zlib';
import tar from 'tar-stream';
import { applyLayer } from '../../lib/layer/apply-layer.js';
import { packEntries } from '../../lib/layer/pack-entries.js';
import { planLayer } from '../../lib/layer/plan-layer.js';
import { writeLayer } from '../../lib/layer/write-layer.js';
import { silentLogger } from '../../lib/report/logger.js';
import { removeTree } from '../../lib/rootfs/remove-tree.js';
import type { Change } from '../../lib/snapshot/change.js';
import { compareTrees, readTree } from '../support/tree.js';

let work: string;
let rootfs: string;
let directory: string;
beforeEach(() => {
  work = fs.mkdtempSync(join(tmpdir(), 'write-spec-'));
  rootfs = join(work, 'rootfs');
  directory = join(work, 'out');
  fs.mkdirSync(rootfs);
  fs.mkdirSync(directory);
});
afterEach(() => fs.rmSync(work, { recursive: true, force: true }));

const added = (...paths: string[]): Change[] => paths.map((path) => ({ path, kind: 'added' }));
const write = (changes: Change[], more: object = {}) => writeLayer({ rootfs, changes, directory, ...more });

/** The entries as tar-stream reads them. */
async function readEntries(file: string): Promise<tar.Header[]> {
  const extract = tar.extract();
  const bytes = fs.readFileSync(file);
  extract.end(bytes[0] === 0x1f ? zlib.gunzipSync(bytes) : bytes);
  const headers: tar.Header[] = [];
  for await (const entry of extract) {
    headers.push(entry.header);
    entry.resume();
  }
  return headers;
}

/** More files than are packed without a thread, and more bytes than one chunk holds. */
function manyFiles(): string[] {
  const paths = Array.from({ length: 400 }, (_, index) => `/file${index}`);
  for (const path of paths) fs.writeFileSync(rootfs + path, path.repeat(1000));
  return paths;
}

describe('writeLayer', () => {
  it('writes directories before what is in them, whiteouts first, each path once', async () => {
    fs.mkdirSync(join(rootfs, 'a/b'), { recursive: true });
    for (const path of ['a/b/file', 'a/-first', 'a-b']) fs.writeFileSync(join(rootfs, path), '');
    const deleted: Change[] = ['/a/zz', '/a/b/gone', '/gone'].map((path) => ({ path, kind: 'deleted' }));
    const { file } = await write([...added('/a/b/file', '/a-b', '/a/-first', '/a'), ...deleted]);
    expect((await readEntries(file)).map(({ name }) => name)).toEqual([
      '.wh.gone',
      'a/',
      'a/.wh.zz',
      'a/-first',
      'a/b/',
      'a/b/.wh.gone',
      'a/b/file',
      'a-b',
    ]);
  });

  it.each(['gzip', 'none'] as const)(
    'makes the same bytes again, in a thread or not (%s)',
    async (compression) => {
      const changes = added(...manyFiles());
      const [one, two] = [await write(changes, { compression }), await write(changes, { compression })];
      expect(two).toEqual({ ...one, file: two.file });
      const bytes = fs.readFileSync(one.file);
      const plain = compression === 'gzip' ? zlib.gunzipSync(bytes) : bytes;
      const sha256 = (data: Buffer) => `sha256:${createHash('sha256').update(data).digest('hex')}`;
      expect([sha256(bytes), sha256(plain), bytes.length]).toEqual([one.digest, one.diffID, one.size]);
      const inPlace = packEntries({
        rootfs,
        entries: planLayer(changes),
        latest: undefined,
        nextBuffer: () => Buffer.alloc(1024 * 1024),
        onNote() {},
      });
      expect(sha256(Buffer.concat([...inPlace]))).toBe(one.diffID);
      execFileSync('tar', ['-tf', one.file]);
    },
  );

  it('refuses a name that means a deletion, and leaves no file behind', async () => {
    fs.mkdirSync(join(rootfs, '.wh.x'));
    fs.writeFileSync(join(rootfs, '.wh.x/y'), '');
    await expect(write(added('/.wh.x/y'))).rejects.toThrow(
      '/.wh.x/y cannot go into a layer: names that begin with ".wh." mean a deletion there',
    );
    expect(fs.readdirSync(directory)).toEqual([]);
  });

  it('leaves sockets out and says so', async () => {
    const server = net.createServer().listen(join(rootfs, 'socket'));
    await new Promise((resolve) => server.once('listening', resolve));
    const warnings: string[] = [];
    const logger = { ...silentLogger, warn: (message: string) => warnings.push(message) };
    fs.writeFileSync(join(rootfs, 'file'), '');
    const { file } = await write(added('/file', '/socket'), { logger });
    server.close();
    expect((await readEntries(file)).map(({ name }) => name)).toEqual(['file']);
    expect(warnings).toEqual(['/socket is a socket: layers have none, so it is left out.']);
  });

  it('stops at a file that is all holes, with cause and cure', async () => {
    fs.mkdirSync(join(rootfs, 'var/log'), { recursive: true });
    fs.writeFileSync(join(rootfs, 'var/log/lastlog'), '');
    fs.truncateSync(join(rootfs, 'var/log/lastlog'), 1.2e12);
    await expect(write(added('/var/log/lastlog'))).rejects.toThrow(
      /\/var\/log\/lastlog .* holes.* useradd .* -l/,
    );
    expect(fs.readdirSync(directory)).toEqual([]);
  });

  it('stops at a path that is too long, without all of it in the sentence', async () => {
    const half = `/${'d'.repeat(99)}`.repeat(30);
    for (const name of ['one', 'two']) fs.mkdirSync(join(rootfs, name, half), { recursive: true });
    fs.renameSync(join(rootfs, 'two'), join(rootfs, 'one', half, 'two'));
    const tooLong = `/one${half}/two${half}`;
    await expect(write(added(tooLong))).rejects.toThrow(
      /^The path that begins with \/one\/d{96} is too long/,
    );
    expect(fs.readdirSync(directory)).toEqual([]);
    removeTree(rootfs);
  });

  it('names the file that is gone, or that changes while it is read', async () => {
    await expect(write(added('/never'))).rejects.toThrow('/never vanished');
    fs.writeFileSync(join(rootfs, 'log'), Buffer.alloc(3 * 1024 * 1024));
    const pack = (change: () => void) => {
      const options = { rootfs, entries: planLayer(added('/log')), latest: undefined, onNote() {} };
      for (const _ of packEntries({ ...options, nextBuffer: () => Buffer.alloc(1024 * 1024) })) change();
    };
    expect(() => pack(() => fs.appendFileSync(join(rootfs, 'log'), 'x'))).toThrow('/log changed while');
    expect(() => pack(() => fs.truncateSync(join(rootfs, 'log'), 1))).toThrow('/log changed while');
  });

  it('passes on what goes wrong in the thread, and stops it when told to', async () => {
    const changes = added(...manyFiles());
    await expect(write([...changes, ...added('/never')])).rejects.toThrow('/never vanished');
    await expect(write(changes, { signal: AbortSignal.abort() })).rejects.toThrow('aborted');
    expect(fs.readdirSync(directory)).toEqual([]);
  });

  it('does zstd where Node.js can, and says which can', async () => {
    const changes = added(...manyFiles());
    if ('createZstdCompress' in zlib) {
      const layer = await write(changes, { compression: 'zstd' });
      const target = join(work, 'target');
      fs.mkdirSync(target);
      await applyLayer({ layer, rootfs: target });
      const [found, wanted] = [readTree(target), readTree(rootfs)];
      found.delete('/');
      wanted.delete('/');
      expect(compareTrees(found, wanted)).toEqual([]);
    } else await expect(write(changes, { compression: 'zstd' })).rejects.toThrow('zstd needs Node.js 22.15');
  });
});
