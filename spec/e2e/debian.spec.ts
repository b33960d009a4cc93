// The main job on a real Debian: apt-get install, layers that other tools read, an exact restore, nothing left.
import { execFileSync, spawn } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { compareTrees, readTree } from '../support/tree.js';
import { copyDebian, debianRootfs } from './support/debian.js';

const command = resolve('bin/dockerfile-extender');
const aptDockerfile = `ARG base_image
FROM \${base_image}
USER root
RUN apt-get update && apt-get install -y --no-install-recommends tree && rm -rf /var/lib/apt/lists/*
COPY motd /etc/motd
ENV GREETING="hello world"
`;

let folder: string;
let rootfs: string;
let layout: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'extender-e2e-'));
  mkdirSync(join(folder, 'context'));
  rootfs = copyDebian(join(folder, 'rootfs'));
  layout = join(folder, 'layout');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const run = (program: string, ...args: string[]) => execFileSync(program, args, { encoding: 'utf8' });

/** Starts `apply` of a Dockerfile's text; resolves with its exit code and what it said. */
function apply(
  text: string,
  { baseImage, onOutput }: { baseImage?: string; onOutput?: (kill: () => void, said: string) => void } = {},
) {
  const dockerfile = join(folder, 'context', 'Dockerfile');
  writeFileSync(dockerfile, text);
  const child = spawn(command, [
    'apply',
    dockerfile,
    '--rootfs',
    rootfs,
    '--output',
    layout,
    ...(baseImage ? ['--base-image', baseImage] : []),
  ]);
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    said += chunk;
    onOutput?.(() => child.kill('SIGTERM'), said);
  });
  return new Promise<{ code: number | null; said: string }>((done) => {
    child.on('close', (code) => done({ code, said }));
  });
}

function expectNothingLeft() {
  const mounts = readFileSync('/proc/self/mountinfo', 'utf8').split('\n');
  expect(mounts.filter((line) => line.includes(` ${rootfs}`))).toEqual([]);
  expect(processesIn(rootfs)).toEqual([]);
}

/** Processes whose root, working directory or program is in a folder, by command line. */
function processesIn(path: string): string[] {
  return readdirSync('/proc').flatMap((pid) => {
    if (!/^\d+$/.test(pid)) return [];
    try {
      const targets = ['root', 'cwd', 'exe'].map((link) => readlinkSync(`/proc/${pid}/${link}`));
      const isIn = targets.some((target) => target.startsWith(path));
      return isIn ? [readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')] : [];
    } catch {
      return [];
    }
  });
}

describe('dockerfile-extender on Debian', () => {
  it('installs a package; umoci and skopeo read the image; restore makes the tree exact', async () => {
    writeFileSync(join(folder, 'context', 'motd'), 'Welcome.\n');
    const { code, said } = await apply(aptDockerfile);
    expect([code, said]).toEqual([0, expect.stringContaining('1 layer in ')]);

    run('skopeo', 'copy', `oci:${layout}`, `oci:${join(folder, 'copied')}:latest`);
    run('umoci', 'unpack', '--image', layout, join(folder, 'unpacked'));
    expect(readFileSync(join(folder, 'unpacked/rootfs/etc/motd'), 'utf8')).toBe('Welcome.\n');
    expect(existsSync(join(folder, 'unpacked/rootfs/usr/bin/tree'))).toBe(true);
    const { config } = JSON.parse(run('skopeo', 'inspect', '--config', `oci:${layout}`));
    expect(config).toMatchObject({ User: '0', Env: expect.arrayContaining(['GREETING=hello world']) });

    const restored = copyDebian(join(folder, 'restored'));
    run(command, 'restore', '--layers', layout, '--rootfs', restored);
    expect(compareTrees(readTree(restored), readTree(rootfs))).toEqual([]);
    expect(run('chroot', restored, 'tree', '--version')).toMatch(/^tree v/);
    expectNothingLeft();
  });

  it('extends a base image; stitched together, umoci unpacks the very tree that the build left', async () => {
    const base = join(folder, 'base');
    run('umoci', 'init', '--layout', base);
    run('umoci', 'new', '--image', base);
    run('umoci', 'config', '--image', base, '--config.env', 'BASE=1', '--config.label', 'kept=yes');
    const bundle = join(folder, 'base-bundle');
    run('umoci', 'unpack', '--image', base, bundle);
    run('cp', '-a', `${rootfs}/.`, join(bundle, 'rootfs'));
    run('umoci', 'repack', '--image', base, bundle);
    // umoci's layers keep whole seconds only: start from what the base really holds.
    rmSync(rootfs, { recursive: true });
    run('umoci', 'unpack', '--image', base, join(folder, 'unpacked'));
    run('cp', '-a', join(folder, 'unpacked/rootfs'), rootfs);
    writeFileSync(join(folder, 'context', 'motd'), 'Welcome.\n');

    const { code } = await apply(aptDockerfile, { baseImage: base });
    expect(code).toBe(0);
    const blobs = 'blobs/sha256';
    for (const name of readdirSync(join(base, blobs))) {
      copyFileSync(join(base, blobs, name), join(layout, blobs, name));
    }
    run('umoci', 'unpack', '--image', layout, join(folder, 'bundle'));
    expect(compareTrees(readTree(join(folder, 'bundle/rootfs')), readTree(rootfs)).slice(0, 20)).toEqual([]);
    const { config } = JSON.parse(run('skopeo', 'inspect', '--config', `oci:${layout}`));
    expect([config.User, config.Labels]).toEqual(['root', { kept: 'yes' }]);
    expect(config.Env).toEqual(expect.arrayContaining(['BASE=1', 'GREETING=hello world']));
  });

  it('leaves no output, mount or process after a RUN that fails, and none of its own files', async () => {
    const { code, said } = await apply('FROM base\nRUN (sleep 1000 &) ; touch /made; exit 7\n');
    expect([code, said]).toEqual([102, expect.stringMatching(/Dockerfile:2: RUN .*\n.*exit code 7/)]);
    expectNothingLeft();
    expect(existsSync(layout)).toBe(false);
    rmSync(join(rootfs, 'made'));
    expect(changedPaths()).toEqual(['/']);
  });

  it('leaves no output, mount or process after SIGTERM during a RUN', async () => {
    let killed = false;
    const { code } = await apply(
      'FROM base\nRUN trap "" TERM; (setsid sleep 1000 &); echo begun; sleep 1000\n',
      {
        onOutput: (kill, said) => {
          if (killed || !said.includes('begun\n')) return;
          killed = true;
          kill();
        },
      },
    );
    expect([code, killed]).toEqual([1, true]);
    expectNothingLeft();
    expect(existsSync(layout)).toBe(false);
    expect(changedPaths()).toEqual([]);
  });
});

/** Paths that are no longer as in the pristine rootfs. */
function changedPaths(): string[] {
  const differences = compareTrees(readTree(rootfs), readTree(debianRootfs()));
  return differences.map((difference) => JSON.parse(difference.slice(0, difference.indexOf('": ') + 1)));
}
