import type { CopyInstruction } from '../../lib/dockerfile/instruction.js';
import { executeCopy } from '../../lib/interpreter/copy.js';
import { readXattrs, setXattr } from '../../lib/rootfs/syscalls.js';
import {
  copyInstruction,
  describeEntry,
  heredoc,
  makeSandbox,
  readTree,
  type Sandbox,
  type Tree,
} from './sandbox.js';

let sandbox: Sandbox;
afterEach(() => sandbox.remove());

type Fields = Partial<CopyInstruction> & Pick<CopyInstruction, 'sources' | 'destination'>;

interface Case {
  context: Tree;
  rootfs?: Tree;
  copy: Fields;
  workingDir?: string;
}

async function copy({ context, rootfs = {}, copy: fields, workingDir }: Case): Promise<void> {
  sandbox = makeSandbox({
    context,
    rootfs,
    config: workingDir === undefined ? {} : { WorkingDir: workingDir },
  });
  await executeCopy({ instruction: copyInstruction(fields), session: sandbox.session });
}

const one = (source: string, destination: string, more: Partial<CopyInstruction> = {}): Fields => ({
  sources: [source],
  destination,
  ...more,
});

describe('COPY puts things where BuildKit does', () => {
  const context: Tree = { 'a.txt': 'a', 'b.txt': 'b', 'dir/x': 'x', 'dir/sub/y': 'y' };
  it.each<[string, Fields, Tree, Tree, string?]>([
    ['a file as a new file', one('a.txt', '/new'), {}, { new: 'a' }],
    ['a file over a file', one('a.txt', '/old'), { old: 'o' }, { old: 'a' }],
    ['a file into an existing directory', one('a.txt', '/d'), { 'd/': '' }, { 'd/a.txt': 'a' }],
    ['a file into a new directory', one('a.txt', '/d/'), {}, { 'd/a.txt': 'a' }],
    ['a file into `d/.`', one('a.txt', '/d/.'), {}, { 'd/a.txt': 'a' }],
    ['a file with parents made', one('a.txt', '/p/q/r'), {}, { 'p/q/r': 'a' }],
    ['a relative destination', one('a.txt', 'r'), {}, { 'w/d/r': 'a' }, '/w/d'],
    ['the working directory as `.`', one('a.txt', '.'), {}, { 'w/a.txt': 'a' }, '/w'],
    ['the working directory as `./`', one('a.txt', './'), {}, { 'w/a.txt': 'a' }, '/w'],
    ['a destination with `..`', one('a.txt', '../x'), {}, { x: 'a' }, '/w'],
    ['`.` without a working directory', one('a.txt', '.'), {}, { 'a.txt': 'a' }],
    ['a directory as its contents', one('dir', '/d'), {}, { 'd/x': 'x', 'd/sub/y': 'y' }],
    ['a directory with a slash alike', one('dir/', '/d/'), {}, { 'd/x': 'x', 'd/sub/y': 'y' }],
    ['a directory merged', one('dir', '/d'), { 'd/z': 'z' }, { 'd/x': 'x', 'd/sub/y': 'y', 'd/z': 'z' }],
    ['a directory to the root', one('dir', '/'), { old: '' }, { old: '', x: 'x', 'sub/y': 'y' }],
    [
      'several sources',
      { sources: ['a.txt', 'dir'], destination: '/d/' },
      {},
      { 'd/a.txt': 'a', 'd/x': 'x', 'd/sub/y': 'y' },
    ],
    ['a wildcard', one('*.txt', '/d/'), {}, { 'd/a.txt': 'a', 'd/b.txt': 'b' }],
    ['a wildcard in the middle', one('d*/su?/y', '/y'), {}, { y: 'y' }],
    ['a class', one('[!a]*.txt', '/d/'), {}, { 'd/a.txt': 'a' }],
    ['a negated class', one('[^a]*.txt', '/d/'), {}, { 'd/b.txt': 'b' }],
    [
      'a wildcard that matches nothing beside a file',
      { sources: ['no*', 'a.txt'], destination: '/d/' },
      {},
      { 'd/a.txt': 'a' },
    ],
    ['the whole context', one('.', '/'), {}, { ...context }],
    ['`../` stripped', one('../../a.txt', '/n'), {}, { n: 'a' }],
    ['an absolute source, meaning the context', one('/dir/x', '/n'), {}, { n: 'x' }],
  ])('%s', async (_, fields, rootfs, expected, ...[workingDir]) => {
    await copy({ context, rootfs, copy: fields, ...(workingDir === undefined ? {} : { workingDir }) });
    expect(readTree(sandbox.rootfs)).toEqual(expected);
  });
});

describe('COPY and symlinks', () => {
  it.each<[string, Tree, Fields, Tree, Tree]>([
    [
      'a link named as source is followed and keeps its name',
      { real: 'r', link: '-> real' },
      one('link', '/d/'),
      {},
      { 'd/link': 'r' },
    ],
    [
      'a link that a wildcard matches is followed',
      { real: 'r', link1: '-> real' },
      one('link*', '/d/'),
      {},
      { 'd/link1': 'r' },
    ],
    [
      'a link to a directory gives its contents',
      { 'dir/x': 'x', link: '-> dir' },
      one('link', '/d'),
      {},
      { 'd/x': 'x' },
    ],
    [
      'a link inside a directory stays a link',
      { 'dir/x': 'x', 'dir/l': '-> x' },
      one('dir', '/d'),
      {},
      { 'd/x': 'x', 'd/l': '-> x' },
    ],
    [
      'a dangling link inside a directory stays',
      { 'dir/l': '-> /no' },
      one('dir', '/d'),
      {},
      { 'd/l': '-> /no' },
    ],
    [
      'an absolute link is taken inside the context',
      { real: 'r', link: '-> /real' },
      one('link', '/n'),
      {},
      { n: 'r' },
    ],
    [
      'an escaping link is taken inside the context',
      { real: 'r', 'd/link': '-> ../../../real' },
      one('d/link', '/n'),
      {},
      { n: 'r' },
    ],
    [
      'a destination link is followed',
      { f: 'f' },
      one('f', '/link'),
      { real: 'r', link: '-> real' },
      { real: 'f', link: '-> real' },
    ],
    [
      'a dangling destination link is followed',
      { f: 'f' },
      one('f', '/link'),
      { link: '-> new/real' },
      { 'new/real': 'f', link: '-> new/real' },
    ],
    [
      'a parent link is followed',
      { f: 'f' },
      one('f', '/var/run/f'),
      { 'run/': '', 'var/run': '-> /run' },
      { 'run/f': 'f', 'var/run': '-> /run' },
    ],
    [
      'an escaping destination stays inside',
      { f: 'f' },
      one('f', '/up/f'),
      { up: '-> ../../..' },
      { f: 'f', up: '-> ../../..' },
    ],
    [
      'a link in the destination directory is replaced',
      { f: 'f' },
      one('f', '/d/'),
      { real: 'r', 'd/f': '-> ../real' },
      { real: 'r', 'd/f': 'f' },
    ],
    [
      'a link below the destination is replaced',
      { 'dir/f': 'f' },
      one('dir', '/d'),
      { real: 'r', 'd/f': '-> ../real' },
      { real: 'r', 'd/f': 'f' },
    ],
    [
      'a relative link copied twice keeps its target',
      { 'dir/t': 't', 'dir/l': '-> t' },
      { sources: ['dir', 'dir'], destination: '/d/' },
      {},
      { 'd/t': 't', 'd/l': '-> t' },
    ],
  ])('%s', async (_, context, fields, rootfs, expected) => {
    await copy({ context, rootfs, copy: fields });
    expect(readTree(sandbox.rootfs)).toEqual(expected);
  });
});

describe('COPY refuses', () => {
  const context: Tree = {
    'a.txt': 'a',
    'b.txt': 'b',
    'dir/x': 'x',
    loop: '-> loop',
    gone: '-> no',
    '.dockerignore': 'secret\n',
    secret: '',
  };
  it.each<[string, Fields, Tree, RegExp]>([
    [
      'a missing source',
      one('nope', '/d'),
      {},
      /The source 'nope' does not exist in the build context '.*context'\.$/,
    ],
    ['a missing parent of a wildcard', one('nope/*', '/d/'), {}, /'nope\/\*' does not exist/],
    [
      'one outside',
      one('../nope', '/d'),
      {},
      /cannot lie outside: '\.\.\/' is stripped, so 'nope' was looked for/,
    ],
    ['an ignored one', one('secret', '/d'), {}, /context\/\.dockerignore' leaves 'secret' out.*'!secret'/],
    ['a dangling link', one('gone', '/d'), {}, /leads to '\/no'/],
    ['a loop', one('loop', '/d'), {}, /symbolic links/],
    ['a directory over a file', one('dir', '/f'), { f: '' }, /something that is not a directory is there/],
    [
      'a directory over a link to a directory below',
      one('.', '/'),
      { e: '', dir: '-> e' },
      /'\/dir' cannot be copied/,
    ],
    ['a file over a directory', one('a.txt', '/d/'), { 'd/a.txt/': '' }, /a directory is there/],
    ['a file below a file', one('a.txt', '/f/a'), { f: '' }, /'\/f' is not a directory/],
    ['a slash behind a file', one('a.txt', '/f/'), { f: '' }, /'\/f' is not a directory/],
    [
      'two files as one',
      one('*.txt', '/f'),
      {},
      /'a\.txt' and 'b\.txt' would both become the file '\/f'.*'\/f\/'/,
    ],
    [
      'an unknown --from',
      one('a', '/', { from: 'alpine' }),
      {},
      /--from=alpine.*no image is pulled.*--build-context alpine=DIR/,
    ],
    [
      'an unknown user',
      one('a.txt', '/', { chown: 'bob' }),
      { 'etc/passwd': 'root:x:0:0::/:' },
      /--chown=bob.*no user 'bob' in \/etc\/passwd/,
    ],
    ['an unknown group', one('a.txt', '/', { chown: '1:staff' }), {}, /no group 'staff' in \/etc\/group/],
    ['a bad mode', one('a.txt', '/', { chmod: '99' }), {}, /--chmod=99 cannot be used/],
    ['a name with --link', one('a.txt', '/', { chown: 'bob', link: true }), {}, /--link/],
  ])('%s', async (_, fields, rootfs, message) => {
    await expect(copy({ context, rootfs, copy: fields })).rejects.toThrow(message);
  });
});

describe('COPY gives owners, modes and times', () => {
  const rootfs: Tree = {
    'etc/passwd': 'root:x:0:0:root:/root:/bin/sh\napp:x:1001:1002::/home/app:/bin/sh\n',
    'etc/group': 'root:x:0:\nstaff:x:50:app\n',
    'old/': '!2750',
  };
  const context: Tree = {
    f: '!640 f',
    'dir/': '!700',
    'dir/sub/': '!711',
    'dir/sub/s': '!4755 s',
    'dir/l': '-> f',
  };
  it.each<[string, Fields, Record<string, string>]>([
    [
      'by default root and the source mode and time',
      one('f', '/n/f'),
      { n: '755 0:0', 'n/f': '640 0:0 aged' },
    ],
    [
      'to a new directory 755',
      one('dir', '/n'),
      { n: '755 0:0 aged', 'n/sub': '711 0:0 aged', 'n/sub/s': '4755 0:0 aged' },
    ],
    [
      'not to an existing directory, its time excepted',
      one('dir', '/old'),
      { old: '2750 0:0 aged', 'old/sub': '711 0:0 aged' },
    ],
    [
      'by name and primary group',
      one('f', '/n/f', { chown: 'app' }),
      { n: '755 1001:1002', 'n/f': '640 1001:1002 aged' },
    ],
    ['by user and group names', one('f', '/f', { chown: 'app:staff' }), { f: '640 1001:50 aged' }],
    ['by number alone, group alike', one('f', '/f', { chown: '55' }), { f: '640 55:55 aged' }],
    ['by numbers', one('f', '/f', { chown: '55:66' }), { f: '640 55:66 aged' }],
    ['by mixed name and number', one('f', '/f', { chown: 'app:7' }), { f: '640 1001:7 aged' }],
    ['by group alone', one('f', '/f', { chown: ':staff' }), { f: '640 0:50 aged' }],
    ['to links, too', one('dir', '/n', { chown: '5:6' }), { 'n/l': '777 5:6 aged', n: '755 5:6 aged' }],
    [
      'not to an existing directory that is the target',
      one('dir', '/old', { chown: '5:6' }),
      { old: '2750 0:0 aged', 'old/sub': '711 5:6 aged' },
    ],
    [
      'octal --chmod to everything',
      one('dir', '/n', { chmod: '751' }),
      { n: '751 0:0 aged', 'n/sub': '751 0:0 aged', 'n/sub/s': '751 0:0 aged' },
    ],
    [
      'octal --chmod to parents, set-id bits less',
      one('f', '/p/q/f', { chmod: '4711' }),
      { p: '711 0:0', 'p/q': '711 0:0', 'p/q/f': '4711 0:0 aged' },
    ],
    [
      'symbolic --chmod from the source',
      one('dir', '/n', { chmod: 'a=rX,u+w' }),
      { n: '755 0:0 aged', 'n/sub': '755 0:0 aged', 'n/sub/s': '755 0:0 aged' },
    ],
    [
      'symbolic --chmod of a file',
      one('f', '/p/f', { chmod: 'go+r,u+x' }),
      { p: '755 0:0', 'p/f': '744 0:0 aged' },
    ],
    [
      'a heredoc 644',
      { sources: [], destination: '/h', heredocs: [heredoc('EOF', 'text\n')] },
      { h: '644 0:0' },
    ],
  ])('%s', async (_, fields, expected) => {
    await copy({ context, rootfs, copy: fields });
    const found = Object.fromEntries(
      Object.keys(expected).map((path) => [path, describeEntry(sandbox.rootfs, path)]),
    );
    expect(found).toEqual(expected);
  });
});

describe('COPY --exclude, --parents and --link', () => {
  const context: Tree = { 'p/q/r/f': 'f', 'p/q/g': 'g', 'p/l': '-> q', 'a.txt': 'a', 'b.md': 'b' };
  it.each<[string, Fields, Tree, Tree]>([
    [
      'exclude by name at the top only',
      one('p', '/', { excludes: ['g'] }),
      {},
      { 'q/r/f': 'f', 'q/g': 'g', l: '-> q' },
    ],
    ['exclude a path', one('p', '/', { excludes: ['q/g'] }), {}, { 'q/r/f': 'f', l: '-> q' }],
    ['exclude at any depth', one('p', '/', { excludes: ['**/g', 'l'] }), {}, { 'q/r/f': 'f' }],
    ['exclude all but', one('p', '/', { excludes: ['*', '!q/g'] }), {}, { 'q/g': 'g' }],
    ['exclude never the source itself', one('*.txt', '/', { excludes: ['*.txt'] }), {}, { 'a.txt': 'a' }],
    ['parents of a file', one('p/q/g', '/d', { parents: true }), {}, { 'd/p/q/g': 'g' }],
    [
      'parents of a directory',
      one('p/q', '/d/', { parents: true }),
      {},
      { 'd/p/q/g': 'g', 'd/p/q/r/f': 'f' },
    ],
    ['parents from the pivot', one('p/./q/r/f', '/d/', { parents: true }), {}, { 'd/q/r/f': 'f' }],
    ['parents with wildcards', one('*/q/*/f', '/d/', { parents: true }), {}, { 'd/p/q/r/f': 'f' }],
    ['parents of a link, kept', one('p/l', '/d/', { parents: true }), {}, { 'd/p/l': '-> q' }],
    [
      'parents with exclude',
      one('p', '/d/', { parents: true, excludes: ['**/r'] }),
      {},
      { 'd/p/q/g': 'g', 'd/p/l': '-> q' },
    ],
    [
      'link follows nothing',
      one('a.txt', '/l/', { link: true }),
      { r: '', l: '-> r' },
      { r: '', 'l/a.txt': 'a' },
    ],
    ['link wins over a directory', one('a.txt', '/d', { link: true }), { 'd/x': 'x' }, { d: 'a' }],
    [
      'link merges directories',
      one('p', '/d', { link: true }),
      { 'd/q/x': 'x' },
      { 'd/q/x': 'x', 'd/q/g': 'g', 'd/q/r/f': 'f', 'd/l': '-> q' },
    ],
  ])('%s', async (_, fields, rootfs, expected) => {
    await copy({ context, rootfs, copy: fields });
    expect(readTree(sandbox.rootfs)).toEqual(expected);
  });

  it('link gives existing directories root and 755', async () => {
    await copy({
      context,
      rootfs: { 'd/': '!700' },
      copy: one('a.txt', '/d/', { link: true, chown: '5:6' }),
    });
    expect(describeEntry(sandbox.rootfs, 'd')).toBe('755 5:6');
  });

  it.each<[string, Fields, RegExp]>([
    ['a link on the way of --parents', one('p/l/g', '/', { parents: true }), /--parents follows no link/],
    ['--parents of the context', one('.', '/', { parents: true }), /names nothing that --parents could keep/],
    ['a URL', one('https://example.com/x', '/'), /COPY takes nothing from the network/],
  ])('refuses %s', async (_, fields, message) => {
    await expect(copy({ context, copy: fields })).rejects.toThrow(message);
  });
});

it('COPY refuses to copy a directory into itself, where the context lies in the rootfs', async () => {
  sandbox = makeSandbox({ rootfs: { 'ctx/f': 'f' } });
  const session = { ...sandbox.session, context: `${sandbox.rootfs}/ctx` };
  const into = (destination: string) =>
    executeCopy({ instruction: copyInstruction({ sources: ['.'], destination }), session });
  await expect(into('/ctx/sub')).rejects.toThrow(/lies inside it/);
  await into('/ctx');
  await into('/');
  expect(readTree(sandbox.rootfs)).toMatchObject({ f: 'f', 'ctx/f': 'f' });
});

it('COPY keeps extended attributes but for capabilities, which a new owner takes away', async () => {
  sandbox = makeSandbox({ context: { f: 'f' } });
  const file = `${sandbox.context}/f`;
  setXattr(file, 'user.colour', Buffer.from('red'));
  setXattr(file, 'security.capability', Buffer.from('0100000200200000000000000000000000000000', 'hex'));
  await executeCopy({
    instruction: copyInstruction({ sources: ['f'], destination: '/f' }),
    session: sandbox.session,
  });
  expect(readXattrs(`${sandbox.rootfs}/f`)).toEqual([['user.colour', Buffer.from('red')]]);
});
