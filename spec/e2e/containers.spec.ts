// The portable folder mounted into real containers of three images, with no more than Docker's default privileges.
import { execFileSync } from 'node:child_process';
import { chmodSync, cpSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { inspectLayout } from '../../lib/layout/inspect-layout.js';
import { makeRootfs, removeRootfs } from '../support/rootfs.js';
import { busyboxImage, debianImage, emptyImage, staticBusybox } from './support/container-images.js';
import { type DockerImage, removeImages, runOnce } from './support/docker.js';
import { portableFolder } from './support/portable.js';
import { openWorkshop, outcome } from './support/workshop.js';

const folder = resolve(`build/e2e/containers.${process.pid}`);
const workshop = openWorkshop(folder);
let debian: DockerImage;
let busybox: DockerImage;
let empty: DockerImage;

beforeAll(() => {
  debian = debianImage(join(folder, 'debian'));
  busybox = busyboxImage(join(folder, 'busybox'));
  empty = emptyImage(join(folder, 'empty'));
}, 300_000);
afterEach(() => workshop.clear());
afterAll(() => {
  removeImages([debian, busybox, empty]);
  workshop.close();
});

describe('a run image', () => {
  it('Debian: RUN and COPY, and the image runs', () => {
    const made = workshop.extend({
      image: debian,
      instructions: 'COPY greeting /srv/greeting\nRUN useradd --no-log-init -m tester && rm /etc/issue',
      context: (context) => writeFileSync(join(context, 'greeting'), 'hello\n'),
    });
    expect(outcome(made)).toBe('0 ');
    const image = workshop.load(made, debian);
    expect(runOnce({ image, argv: ['cat', '/srv/greeting'], portable: false }).stdout).toBe('hello\n');
    expect(runOnce({ image, argv: ['id', '-un', 'tester'], portable: false }).stdout).toBe('tester\n');
    expect(workshop.differences(made, image)).toEqual([]);
    expect(workshop.changes(made, debian)).toContain('D /etc/issue');
  });

  it('busybox: no shared library, a shell', () => {
    const made = workshop.extend({ image: busybox, instructions: 'RUN echo made > /made && ls / > /seen' });
    expect(outcome(made)).toBe('0 ');
    const image = workshop.load(made, busybox);
    expect(runOnce({ image, argv: ['cat', '/made'], portable: false }).stdout).toBe('made\n');
    expect(workshop.differences(made, image)).toEqual([]);
    expect(workshop.changes(made, busybox)).toEqual(['A /made', 'A /seen']);
  });

  it('empty: COPY, ADD of a tarball and RUN of a static program', () => {
    const made = workshop.extend({
      image: empty,
      instructions:
        'COPY busybox /bin/busybox\nADD files.tar.gz /opt/\nRUN ["/bin/busybox", "cp", "/opt/one", "/two"]',
      context: (context) => {
        cpSync(staticBusybox, join(context, 'busybox'));
        writeFileSync(join(context, 'one'), 'one\n');
        execFileSync('tar', ['-C', context, '-czf', join(context, 'files.tar.gz'), 'one']);
      },
    });
    expect(outcome(made)).toBe('0 ');
    const image = workshop.load(made, empty);
    const argv = ['/bin/busybox', 'cat', '/opt/one', '/two'];
    expect(runOnce({ image, argv, portable: false }).stdout).toBe('one\none\n');
    expect(workshop.differences(made, image)).toEqual([]);
    expect(workshop.changes(made, empty)).toEqual([
      'A /bin',
      'A /bin/busybox',
      'A /opt',
      'A /opt/one',
      'A /two',
    ]);
  });
});

describe('a build image', () => {
  it.each([
    ['with default privileges', []],
    ['with no more than the examples in deploy/ grant', leastPrivileges()],
  ])('Debian, %s: apt-get installs, and the builder runs as its user and finds the tool', (_, flags) => {
    const builder = join(folder, 'builder');
    writeFileSync(
      builder,
      '#!/bin/sh\nid -u\ntree --version | cut -c1-6\ncat /etc/shadow 2>/dev/null && echo STILL ROOT\nexit 42\n',
    );
    chmodSync(builder, 0o755);
    const made = workshop.extend({
      image: debian,
      kind: 'build',
      instructions:
        'RUN apt-get update && apt-get install -y --no-install-recommends tree && rm -rf /var/lib/apt/lists/*',
      container: { mounts: { '/cnb/lifecycle/builder': builder }, flags },
    });
    expect(outcome(made, 42)).toBe('42 ');
    expect(made.stdout).toMatch(/^1000\ntree v\n/m);
    expect(made.stdout).not.toContain('STILL ROOT');
  });
});

describe('a root filesystem elsewhere in a container', () => {
  it.each([
    ['with default privileges, which forbid unshare', []],
    ['with CAP_SYS_ADMIN, but without pivot_root', ['--cap-add=SYS_ADMIN']],
  ])('%s: RUN sees that one, with devices, as its user; the layer holds what it made', async (_, flags) => {
    const rootfs = makeRootfs();
    const files = mkdtempSync(join(folder, 'elsewhere-'));
    writeFileSync(
      join(files, 'Dockerfile'),
      'FROM base\nRUN echo hidden > /dev/null && ls / > /seen\nUSER app\nRUN id -un > /tmp/user && exec cat /seen',
    );
    const command = `${portableFolder}/bin/dockerfile-extender`;
    const { status, stderr } = runOnce({
      image: empty,
      argv: [command, 'apply', '--rootfs', '/elsewhere', '--output', '/files/layout', '/files/Dockerfile'],
      mounts: { '/elsewhere': rootfs, '/files': files },
      flags,
    });
    expect({ status, stderr }).toEqual({
      status: 0,
      stderr: expect.stringContaining('\n    sys\n    tmp\n'),
    });
    expect(readFileSync(join(rootfs, 'tmp/user'), 'utf8')).toBe('app\n');
    const { layers } = await inspectLayout({ directory: join(files, 'layout') });
    expect(layers[0]!.root!.children.map(({ name }) => name)).toEqual(['seen', 'tmp']);
    expect(readdirSync(join(rootfs, 'dev'))).toEqual([]);
    removeRootfs(rootfs);
  });
});

/** The flags of `docker run` that deploy/docker/build.sh extends with. */
function leastPrivileges(): string[] {
  const script = readFileSync(resolve('deploy/docker/build.sh'), 'utf8');
  const capabilities = script.match(/for capability in (.*); do/)![1]!.split(' ');
  const added = capabilities.map((capability) => `--cap-add=${capability}`);
  return ['--cap-drop=ALL', '--security-opt=no-new-privileges', ...added];
}
