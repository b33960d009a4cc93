// The portable folder mounted into real containers of three images, with no more than Docker's default privileges.
import { execFileSync } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { compareTrees, type Tree } from '../support/tree.js';
import { busyboxImage, debianImage, emptyImage, staticBusybox } from './support/container-images.js';
import {
  type Container,
  createContainer,
  type DockerImage,
  expectDocker,
  imageTree,
  loadExtended,
  removeImages,
  runOnce,
} from './support/docker.js';
import { makeVolumes } from './support/extender.js';

const folder = resolve(`build/e2e/containers.${process.pid}`);
let debian: DockerImage;
let busybox: DockerImage;
let empty: DockerImage;
let runs = 0;

beforeAll(() => {
  expectDocker();
  mkdirSync(folder, { recursive: true });
  debian = debianImage(join(folder, 'debian'));
  busybox = busyboxImage(join(folder, 'busybox'));
  empty = emptyImage(join(folder, 'empty'));
}, 300_000);
afterAll(() => {
  removeImages([debian, busybox, empty]);
  rmSync(folder, { recursive: true, force: true });
});

interface Extended {
  container: Container;
  status: number;
  stdout: string;
  stderr: string;
  volumes: Record<string, string>;
}

/** What Docker itself puts into a container, and the folders that hold a mount, whose times are those of Docker. */
const ofDocker = [
  '/',
  '/dev',
  '/etc',
  '/.dockerenv',
  '/etc/hosts',
  '/etc/hostname',
  '/etc/resolv.conf',
  '/etc/mtab',
];
const ofPlatform = ['/cnb', '/layers', '/workspace', '/kaniko', '/dev', '/proc', '/sys'];

/** Applies an extension's Dockerfile in a new container. */
function extend(options: {
  image: DockerImage;
  kind?: 'build' | 'run';
  instructions: string;
  /** Fills the context. */
  context?: (folder: string) => void;
  container?: Partial<Parameters<typeof createContainer>[0]>;
}): Extended {
  const { image, kind = 'run', instructions } = options;
  const place = join(folder, String(++runs));
  const volumes = makeVolumes({
    folder: place,
    image,
    extensions: ['one'],
    generated: { [`one/${kind}.Dockerfile`]: `ARG base_image\nFROM \${base_image}\n${instructions}\n` },
  });
  if (options.context) {
    const context = join(volumes['/layers'], `generated/one/context.${kind}`);
    mkdirSync(context);
    options.context(context);
  }
  const container = createContainer({
    image,
    argv: ['/cnb/extender/bin/extender', '-kind', kind, '-uid', '1000', '-gid', '1000'],
    ...options.container,
    mounts: { ...volumes, ...options.container?.mounts },
    env: { CNB_PLATFORM_API: '0.13', ...options.container?.env },
  });
  containers.push(container);
  return { container, ...container.run(), volumes: { ...volumes } };
}

const containers: Container[] = [];
const extendedImages: DockerImage[] = [];
afterEach(() => {
  for (const container of containers.splice(0)) container.remove();
  removeImages(extendedImages.splice(0));
});

/** The extended image, out of the layers volume, in Docker. */
function load({ volumes }: Extended, base: DockerImage): DockerImage {
  const run = join(volumes['/layers']!, 'extended/run');
  const [digest] = readdirSync(run);
  const name = `extender-e2e-extended-${process.pid}-${runs}`;
  const image = loadExtended({ extended: join(run, digest!), base, name, folder: join(folder, name) });
  extendedImages.push(image);
  return image;
}

/** The image's files, against those that the Dockerfile left in the container. */
function differences({ container }: Extended, extended: DockerImage): string[] {
  const common = (tree: Tree): Tree =>
    new Map(
      [...tree].filter(
        ([path]) => !ofDocker.includes(path) && !ofPlatform.some((one) => `${path}/`.startsWith(`${one}/`)),
      ),
    );
  return compareTrees(common(imageTree(extended)), common(container.tree())).slice(0, 20);
}

/** What `docker diff` tells beyond what starting any container with these mounts would. */
function changes({ container }: Extended, base: DockerImage): string[] {
  const idle = createContainer({
    image: base,
    argv: ['/cnb/extender/bin/extender', '-version'],
    mounts: Object.fromEntries(['/layers', '/workspace', '/kaniko'].map((path) => [path, folder])),
  });
  containers.push(idle);
  idle.run();
  const before = idle.diff();
  return container.diff().filter((line) => !before.includes(line));
}

const succeeded = ({ status, stderr }: Extended) => `${status} ${status === 0 ? '' : stderr}`;

describe('a run image', () => {
  it('Debian: RUN and COPY, and the image runs', () => {
    const made = extend({
      image: debian,
      instructions: 'COPY greeting /srv/greeting\nRUN useradd --no-log-init -m tester && rm /etc/issue',
      context: (context) => writeFileSync(join(context, 'greeting'), 'hello\n'),
    });
    expect(succeeded(made)).toBe('0 ');
    const image = load(made, debian);
    expect(runOnce({ image, argv: ['cat', '/srv/greeting'], portable: false }).stdout).toBe('hello\n');
    expect(runOnce({ image, argv: ['id', '-un', 'tester'], portable: false }).stdout).toBe('tester\n');
    expect(differences(made, image)).toEqual([]);
    expect(changes(made, debian)).toContain('D /etc/issue');
  });

  it('busybox: no shared library, a shell', () => {
    const made = extend({ image: busybox, instructions: 'RUN echo made > /made && ls / > /seen' });
    expect(succeeded(made)).toBe('0 ');
    const image = load(made, busybox);
    expect(runOnce({ image, argv: ['cat', '/made'], portable: false }).stdout).toBe('made\n');
    expect(differences(made, image)).toEqual([]);
    expect(changes(made, busybox)).toEqual(['A /made', 'A /seen']);
  });

  it('empty: COPY, ADD of a tarball and RUN of a static program', () => {
    const made = extend({
      image: empty,
      instructions:
        'COPY busybox /bin/busybox\nADD files.tar.gz /opt/\nRUN ["/bin/busybox", "cp", "/opt/one", "/two"]',
      context: (context) => {
        cpSync(staticBusybox, join(context, 'busybox'));
        writeFileSync(join(context, 'one'), 'one\n');
        execFileSync('tar', ['-C', context, '-czf', join(context, 'files.tar.gz'), 'one']);
      },
    });
    expect(succeeded(made)).toBe('0 ');
    const image = load(made, empty);
    const argv = ['/bin/busybox', 'cat', '/opt/one', '/two'];
    expect(runOnce({ image, argv, portable: false }).stdout).toBe('one\none\n');
    expect(differences(made, image)).toEqual([]);
    expect(changes(made, empty)).toEqual(['A /bin', 'A /bin/busybox', 'A /opt', 'A /opt/one', 'A /two']);
  });
});

describe('a build image', () => {
  it('Debian: apt-get installs, and the builder runs as its user and finds the tool', () => {
    const builder = join(folder, 'builder');
    writeFileSync(
      builder,
      '#!/bin/sh\nid -u\ntree --version | cut -c1-6\ncat /etc/shadow 2>/dev/null && echo STILL ROOT\nexit 42\n',
    );
    chmodSync(builder, 0o755);
    const made = extend({
      image: debian,
      kind: 'build',
      instructions:
        'RUN apt-get update && apt-get install -y --no-install-recommends tree && rm -rf /var/lib/apt/lists/*',
      container: { mounts: { '/cnb/lifecycle/builder': `${builder}` } },
    });
    expect(`${made.status} ${made.status === 42 ? '' : made.stderr}`).toBe('42 ');
    expect(made.stdout).toMatch(/^1000\ntree v\n/m);
    expect(made.stdout).not.toContain('STILL ROOT');
  });
});
