// Our layers in the hands of others, theirs in ours: umoci, skopeo, Docker's overlay2 and GNU tar.
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ImageConfig } from '../../lib/image/config.js';
import type { Layer } from '../../lib/layer/layer.js';
import { writeLayer } from '../../lib/layer/write-layer.js';
import { restoreLayers } from '../../lib/layout/restore-layers.js';
import { writeLayout } from '../../lib/layout/write-layout.js';
import { makeNode, setTimes, setXattr } from '../../lib/rootfs/syscalls.js';
import type { Change } from '../../lib/snapshot/change.js';
import { diffSnapshots } from '../../lib/snapshot/diff-snapshots.js';
import { takeSnapshot } from '../../lib/snapshot/take-snapshot.js';
import { compareTrees, readTree, type Tree } from '../support/tree.js';

const image = `layer-consumers-${process.pid}`;
const run = (command: string, ...args: string[]) => execFileSync(command, args, { encoding: 'utf8' });
/** cap_net_raw+ep. */
const capability = Buffer.from('0100000200200000000000000000000000000000', 'hex');

let work: string;
let root: string;
let layout: string;
let layers: Layer[];

beforeAll(async () => {
  work = fs.mkdtempSync(join(tmpdir(), 'consumers-'));
  root = join(work, 'root');
  layout = join(work, 'layout');
  makeBase();
  const first = await writeLayer({ rootfs: root, changes: everythingIn(root), directory: work });
  const before = await takeSnapshot({ rootfs: root });
  changeBase();
  const after = await takeSnapshot({ rootfs: root, since: before });
  const changes = diffSnapshots({ before, after });
  const second = await writeLayer({ rootfs: root, changes, directory: work });
  layers = [first, second];
  writeLayout({ directory: layout, config: configOf(layers), layers });
});
afterAll(() => fs.rmSync(work, { recursive: true, force: true }));

function makeBase(): void {
  for (const path of ['bin', 'etc/conf.d', 'gone/deep', 'remade', 'swapped-to-file', 'usr/lib'])
    fs.mkdirSync(join(root, path), { recursive: true });
  fs.copyFileSync('/bin/busybox', join(root, 'bin/busybox'));
  fs.linkSync(join(root, 'bin/busybox'), join(root, 'bin/sh'));
  for (const path of [
    'etc/kept',
    'etc/removed',
    'gone/deep/file',
    'remade/old',
    'swapped-to-file/in',
    'a',
    'raw',
  ])
    fs.writeFileSync(join(root, path), path);
  fs.linkSync(join(root, 'a'), join(root, 'b'));
  fs.symlinkSync('usr/lib', join(root, 'lib'));
  fs.writeFileSync(join(root, 'swapped-to-directory'), 'x');
  fs.writeFileSync(join(root, 'usr/lib/ü'), 'x');
}

function changeBase(): void {
  const at = (path: string) => join(root, path);
  for (const path of ['etc/removed', 'gone', 'remade', 'swapped-to-file', 'swapped-to-directory'])
    fs.rmSync(at(path), { recursive: true });
  fs.mkdirSync(at('remade'));
  fs.writeFileSync(at('remade/new'), 'new');
  fs.writeFileSync(at('swapped-to-file'), 'file');
  fs.mkdirSync(at('swapped-to-directory/in'), { recursive: true });
  fs.linkSync(at('a'), at('etc/third-name'));
  fs.linkSync(at('bin/busybox'), at('bin/ls'));
  fs.symlinkSync('/nowhere', at('etc/dangling'));
  makeNode(at('etc/device'), fs.constants.S_IFCHR | 0o620, 0x105n);
  makeNode(at('etc/fifo'), fs.constants.S_IFIFO | 0o600, 0n);
  fs.writeFileSync(at(`etc/${'long'.repeat(50)}`), 'long');
  fs.chownSync(at('raw'), 3_000_000, 1_885_580_785);
  fs.chmodSync(at('raw'), 0o4755);
  setXattr(at('raw'), 'security.capability', capability);
  fs.chmodSync(at('etc/conf.d'), 0o1777);
  setTimes(at('etc/kept'), 0n, 1_234_567_890_123_456_789n);
}

function everythingIn(directory: string): Change[] {
  return [...readTree(directory).keys()].map((path) => ({ path, kind: 'added' }));
}

function configOf(of: Layer[]): ImageConfig {
  return {
    architecture: 'amd64',
    os: 'linux',
    config: { Env: ['PATH=/bin'], Cmd: ['sh'] },
    rootfs: { type: 'layers', diff_ids: of.map(({ diffID }) => diffID) },
    history: of.map(({ digest }) => ({ created_by: digest })),
  };
}

/** Some appliers leave the root directory's own times and mode alone. */
function withoutRoot(tree: Tree): Tree {
  tree.delete('/');
  return tree;
}

function expectSame(directory: string, wanted: string): void {
  expect(compareTrees(withoutRoot(readTree(directory)), withoutRoot(readTree(wanted)))).toEqual([]);
}

/** umoci and Docker round the times in layers of their making to whole seconds. */
function inSeconds(tree: Tree): Tree {
  for (const node of tree.values()) node.modified = (node.modified + 500_000_000n) / 1_000_000_000n;
  return tree;
}

/** Calls back with the merged file system of an image that dockerd has. */
function withDockerImage(name: string, look: (directory: string) => void): void {
  const data = JSON.parse(run('docker', 'image', 'inspect', '-f', '{{json .GraphDriver.Data}}', name));
  const merged = fs.mkdtempSync(join(work, 'merged-'));
  const lower = [data.UpperDir, ...(data.LowerDir ? [data.LowerDir] : [join(work, 'nothing')])].join(':');
  fs.mkdirSync(join(work, 'nothing'), { recursive: true });
  run('mount', '-t', 'overlay', 'overlay', '-o', `ro,lowerdir=${lower}`, merged);
  try {
    look(merged);
  } finally {
    run('umount', merged);
  }
}

describe('our layers', () => {
  it('restored by ourselves give the tree', async () => {
    const target = fs.mkdtempSync(join(work, 'restored-'));
    await restoreLayers({ layout, rootfs: target });
    expect(compareTrees(readTree(target), readTree(root))).toEqual([]);
  });

  it('unpacked by umoci give the tree', () => {
    run('umoci', 'unpack', '--image', layout, join(work, 'bundle'));
    expectSame(join(work, 'bundle/rootfs'), root);
  });

  it('copied by skopeo and loaded by dockerd give the tree, and run', () => {
    const archive = join(work, 'image.tar');
    run('skopeo', 'copy', '-q', `oci:${layout}`, `docker-archive:${archive}:${image}:ours`);
    run('docker', 'load', '-q', '-i', archive);
    try {
      withDockerImage(`${image}:ours`, (directory) => expectSame(directory, root));
      expect(run('docker', 'run', '--rm', '--network', 'none', `${image}:ours`, 'ls', '/remade')).toBe(
        'new\n',
      );
    } finally {
      run('docker', 'rmi', `${image}:ours`);
    }
  });

  it('extracted by GNU tar, after the whiteouts, give the tree', () => {
    const target = fs.mkdtempSync(join(work, 'tar-'));
    for (const { file } of layers) {
      for (const name of run('tar', '-tzf', file).trim().split('\n')) {
        const path = join(target, name.replace('.wh.', '').replace(/\/$/, ''));
        const isDirectory = fs.existsSync(path) && fs.lstatSync(path).isDirectory();
        if (name.includes('.wh.') || (isDirectory && !name.endsWith('/')))
          fs.rmSync(path, { recursive: true });
      }
      const exactly = ['-p', '--same-owner', '--numeric-owner', '--xattrs', '--xattrs-include=*'];
      run('tar', '-xzf', file, '-C', target, ...exactly, '--exclude=.wh.*');
    }
    expectSame(target, root);
  });
});

describe('the layers of others', () => {
  it('made by umoci give the tree that umoci had', async () => {
    const theirs = join(work, 'umoci-layout');
    const bundle = join(work, 'umoci-bundle');
    fs.cpSync(layout, theirs, { recursive: true });
    run('umoci', 'unpack', '--image', `${theirs}:latest`, bundle);
    const rootfs = join(bundle, 'rootfs');
    fs.rmSync(join(rootfs, 'remade'), { recursive: true });
    fs.rmSync(join(rootfs, 'etc/device'));
    fs.mkdirSync(join(rootfs, 'etc/new'));
    fs.writeFileSync(join(rootfs, 'etc/new/file'), 'x');
    fs.linkSync(join(rootfs, 'etc/new/file'), join(rootfs, 'etc/new/link'));
    setXattr(join(rootfs, 'etc/new/file'), 'user.note', Buffer.from([0, 200]));
    run('umoci', 'repack', '--image', `${theirs}:latest`, bundle);
    const target = fs.mkdtempSync(join(work, 'restored-'));
    await restoreLayers({ layout: theirs, rootfs: target });
    const [found, wanted] = [withoutRoot(readTree(target)), withoutRoot(readTree(rootfs))];
    expect(compareTrees(inSeconds(found), inSeconds(wanted))).toEqual([]);
  });

  it('made by docker build give the tree that docker has', async () => {
    const context = fs.mkdtempSync(join(work, 'context-'));
    const tarred = join(work, 'base.tar');
    run('tar', '--numeric-owner', '-cf', tarred, '-C', root, '.');
    run('docker', 'import', tarred, `${image}:base`);
    fs.writeFileSync(
      join(context, 'Dockerfile'),
      [
        `FROM ${image}:base`,
        'RUN ["/bin/sh", "-c", "/bin/busybox rm -r /etc/conf.d /a && /bin/busybox mkdir /made && /bin/busybox ln /b /made/b"]',
        'RUN ["/bin/sh", "-c", "/bin/busybox rm -r /remade && /bin/busybox mkdir /remade && echo hi > /remade/later"]',
      ].join('\n'),
    );
    const theirs = join(work, 'docker-layout');
    const tags = [`${image}:base`];
    try {
      run('docker', 'build', '-q', '--network', 'none', '-t', `${image}:built`, context);
      tags.unshift(`${image}:built`);
      run('docker', 'save', '-o', join(work, 'saved.tar'), `${image}:built`);
      run('skopeo', 'copy', '-q', `docker-archive:${join(work, 'saved.tar')}`, `oci:${theirs}:latest`);
      const target = fs.mkdtempSync(join(work, 'restored-'));
      await restoreLayers({ layout: theirs, rootfs: target });
      withDockerImage(`${image}:built`, (directory) => {
        const [found, wanted] = [withoutRoot(readTree(target)), withoutRoot(readTree(directory))];
        expect(compareTrees(inSeconds(found), inSeconds(wanted))).toEqual([]);
      });
    } finally {
      for (const tag of tags) run('docker', 'rmi', tag);
    }
  });
});
