import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { AddInstruction } from '../../lib/dockerfile/instruction.js';
import { executeAdd } from '../../lib/interpreter/add.js';
import { compressed, type TarEntry, tarOf } from './archives.js';
import { addInstruction, describeEntry, makeSandbox, readTree, type Sandbox, type Tree } from './sandbox.js';

let sandbox: Sandbox;
afterEach(() => sandbox.remove());

type Fields = Partial<AddInstruction>;

async function add(source: string, destination: string, fields: Fields = {}): Promise<void> {
  const instruction = addInstruction({ sources: [source], destination, ...fields });
  await executeAdd({ instruction, session: sandbox.session });
}

describe('ADD of local archives', () => {
  const plain: TarEntry[] = [
    { name: 'd/', type: 'directory' },
    { name: 'd/f', content: 'hello\n' },
  ];

  it.each(['none', 'gzip', 'bzip2', 'xz', 'zstd'] as const)('unpacks %s, whatever its name', async (kind) => {
    sandbox = makeSandbox({ context: {} });
    const tar = await tarOf(plain);
    const bytes =
      kind === 'none' ? tar : kind === 'gzip' ? gzipSync(tar) : Buffer.from(compressed[kind], 'base64');
    writeFileSync(join(sandbox.context, 'blob'), bytes);
    await add('blob', '/n');
    expect(readTree(sandbox.rootfs)).toEqual({ 'n/d/f': 'hello\n' });
    expect(describeEntry(sandbox.rootfs, 'n/d')).toBe('750 7:8 aged');
    expect(describeEntry(sandbox.rootfs, 'n')).toBe('755 0:0');
  });

  it.each<[string, TarEntry[], Tree, Tree]>([
    ['merges directories', plain, { 'n/d/g': 'g' }, { 'n/d/g': 'g', 'n/d/f': 'hello\n' }],
    ['replaces a file by a directory', plain, { 'n/d': 'file' }, { 'n/d/f': 'hello\n' }],
    [
      'replaces a link by a directory',
      plain,
      { 'o/': '', 'n/d': '-> ../o' },
      { 'o/': '', 'n/d/f': 'hello\n' },
    ],
    ['replaces a directory by a file', [{ name: 'd', content: 'x' }], { 'n/d/g': 'g' }, { 'n/d': 'x' }],
    ['makes parents that it lacks', [{ name: 'a/b/c', content: 'x' }], {}, { 'n/a/b/c': 'x' }],
    ['takes absolute names from the destination', [{ name: '/etc/x', content: 'x' }], {}, { 'n/etc/x': 'x' }],
    ['reads ./ and ..', [{ name: './a/../b', content: 'x' }], {}, { 'n/b': 'x' }],
    [
      'keeps links, hard ones too',
      [
        ...plain,
        { name: 'l', type: 'symlink', linkname: '/abs' },
        { name: 'h', type: 'link', linkname: 'd/f' },
      ],
      {},
      { 'n/d/f': 'hello\n', 'n/l': '-> /abs', 'n/h': 'hello\n' },
    ],
    [
      'follows its own links inside the destination only',
      [
        { name: 'd/', type: 'directory' },
        { name: 'l', type: 'symlink', linkname: '/d' },
        { name: 'l/f', content: 'x' },
      ],
      { 'd/': '' },
      { 'd/': '', 'n/d/f': 'x', 'n/l': '-> /d' },
    ],
    [
      'never leaves through an escaping link',
      [
        { name: 'l', type: 'symlink', linkname: '../../../..' },
        { name: 'l/f', content: 'x' },
      ],
      {},
      { 'n/f': 'x', 'n/l': '-> ../../../..' },
    ],
    [
      'takes a whiteout for a name',
      [{ name: '.wh.x', content: '' }],
      { 'n/x': '' },
      { 'n/x': '', 'n/.wh.x': '' },
    ],
  ])('%s', async (_, entries, rootfs, expected) => {
    sandbox = makeSandbox({ rootfs });
    writeFileSync(join(sandbox.context, 'a.tar'), await tarOf(entries));
    await add('a.tar', '/n');
    expect(readTree(sandbox.rootfs)).toEqual(expected);
  });

  it('gives everything to --chown, and leaves modes alone under --chmod', async () => {
    sandbox = makeSandbox({});
    writeFileSync(join(sandbox.context, 'a.tar'), await tarOf(plain));
    await add('a.tar', '/n', { chown: '5:6', chmod: '777' });
    expect(describeEntry(sandbox.rootfs, 'n/d/f')).toBe('640 5:6 aged');
    expect(describeEntry(sandbox.rootfs, 'n')).toBe('755 5:6');
  });

  it('copies with --unpack=false, and what only looks like an archive', async () => {
    sandbox = makeSandbox({ context: { 'x.tar': 'no tar', empty: '' } });
    writeFileSync(join(sandbox.context, 'a.tar'), await tarOf(plain));
    writeFileSync(join(sandbox.context, 'x.gz'), gzipSync('no tar'));
    await add('a.tar', '/n/', { unpack: false });
    await add('x.tar', '/n/');
    await add('x.gz', '/n/');
    await add('empty', '/n/');
    expect(Object.keys(readTree(sandbox.rootfs))).toEqual(['n/a.tar', 'n/empty', 'n/x.gz', 'n/x.tar']);
  });

  it('refuses a name that leads out, and an archive that is cut short', async () => {
    sandbox = makeSandbox({});
    writeFileSync(join(sandbox.context, 'a.tar'), await tarOf([{ name: '../x', content: 'x' }]));
    await expect(add('a.tar', '/n')).rejects.toThrow(/'a\.tar' cannot be unpacked.*leads out/);
    writeFileSync(join(sandbox.context, 'b.tar'), (await tarOf(plain)).subarray(0, 1030));
    await expect(add('b.tar', '/n')).rejects.toThrow(/'b\.tar' cannot be unpacked at its entry 'd\/f'/);
  });
});

describe('ADD of URLs', () => {
  let server: Server;
  let base: string;
  beforeAll(async () => {
    const tar = await tarOf([{ name: 'f', content: 'x' }]);
    server = createServer((request, response) => {
      const { pathname } = new URL(request.url!, 'http://localhost');
      if (pathname === '/moved') response.writeHead(302, { location: '/a%20b.txt' }).end();
      else if (pathname === '/old.txt') {
        response.writeHead(200, { 'last-modified': new Date(1e12).toUTCString() }).end('old');
      } else if (pathname === '/a.tar') response.end(tar);
      else if (pathname === '/gone') response.writeHead(404).end();
      else if (pathname === '/cut')
        response.writeHead(200, { 'content-length': '9' }).write('x', () => response.destroy());
      else response.end('text');
    });
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => server.close());

  it.each<[string, string, Fields, Record<string, string>]>([
    ['/a%20b.txt?q=1', '/d/', {}, { 'd/a b.txt': '600 0:0' }],
    ['/old.txt', '/d/', {}, { 'd/old.txt': '600 0:0 aged' }],
    ['/old.txt', '/file', {}, { file: '600 0:0 aged' }],
    ['/moved', '/d/', {}, { 'd/moved': '600 0:0' }],
    ['/', '/d/', {}, { 'd/__unnamed__': '600 0:0' }],
    ['/old.txt', '/d/', { chown: '5:6', chmod: '644' }, { 'd/old.txt': '644 5:6 aged' }],
    ['/a.tar', '/d/', {}, { 'd/a.tar': '600 0:0' }],
    ['/a.tar', '/d/', { unpack: true }, { 'd/f': '640 7:8 aged' }],
  ])('%s to %s with %j', async (path, destination, fields, expected) => {
    sandbox = makeSandbox({});
    await add(base + path, destination, fields);
    const found = Object.keys(readTree(sandbox.rootfs)).map((name) => [
      name,
      describeEntry(sandbox.rootfs, name),
    ]);
    expect(Object.fromEntries(found)).toEqual(expected);
  });

  it('verifies --checksum', async () => {
    sandbox = makeSandbox({});
    const right = `sha256:${createHash('sha256').update('text').digest('hex')}`;
    await add(`${base}/t`, '/t', { checksum: right });
    expect(readTree(sandbox.rootfs)).toEqual({ t: 'text' });
    const wrong = `sha256:${'0'.repeat(64)}`;
    await expect(add(`${base}/t`, '/u', { checksum: wrong })).rejects.toThrow(
      `expected ${wrong}, got ${right}`,
    );
    await expect(add(`${base}/t`, '/u', { checksum: 'md5:1' })).rejects.toThrow(
      /--checksum=md5:1 cannot be used/,
    );
    await expect(add('local', '/u', { checksum: right })).rejects.toThrow(
      /it needs one source, a URL or a git/,
    );
    expect(readTree(sandbox.rootfs)).toEqual({ t: 'text' });
  });

  it('says why a download failed', async () => {
    sandbox = makeSandbox({});
    await expect(add(`${base}/gone`, '/u')).rejects.toThrow(
      /\/gone' cannot be downloaded: the server answered 404/,
    );
    await expect(add(`${base}/cut`, '/u')).rejects.toThrow(/\/cut' cannot be downloaded/);
    await expect(add('http://127.0.0.1:1/x', '/u')).rejects.toThrow(/cannot be downloaded/);
    expect(readTree(sandbox.rootfs)).toEqual({});
  });
});

describe('ADD of git repositories', () => {
  it('checks out by the machine’s git, of which only what is asked for stays', async () => {
    sandbox = makeSandbox({ context: { 'repo.git/dir/f': 'f', 'repo.git/top': 't' } });
    const repository = join(sandbox.context, 'repo.git');
    const git = (...args: string[]) =>
      execFileSync('git', ['-c', 'user.name=n', '-c', 'user.email=e', ...args], {
        cwd: repository,
        encoding: 'utf8',
      });
    git('init', '-q', '-b', 'main');
    git('add', '.');
    git('commit', '-q', '-m', 'first');
    const commit = git('rev-parse', 'HEAD').trim();
    const { checkOut } = await import('../../lib/interpreter/add-git.js');
    const { signal } = sandbox.session;
    const source = { remote: repository, subdir: 'dir', ref: 'main', submodules: true };
    const folder = join(sandbox.folder, 'rootfs');
    const path = await checkOut({ source, keepGitDir: false, checksum: commit.slice(0, 12), folder, signal });
    expect(path).toBe('/dir');
    expect(readTree(folder)).toEqual({ 'dir/f': 'f', top: 't' });
    await expect(
      checkOut({ source: { ...source, ref: 'nope' }, keepGitDir: true, folder: sandbox.context, signal }),
    ).rejects.toThrow(/cannot be fetched: .*nope/s);
  });
});
