// Four RUNs that do nothing, on a root filesystem of many files: the whole command, against docker and buildah.
import { execFileSync, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { compare, measure } from './measure.mjs';
import { rootfsTree } from './tree.mjs';

const files = 96_000;
const image = 'dockerfile-extender-bench';
const command = fileURLToPath(new URL('../bin/dockerfile-extender', import.meta.url));

export async function run({ rounds }) {
  const rootfs = rootfsTree(files);
  const folder = fs.mkdtempSync(join(tmpdir(), 'dockerfile-extender-build-'));
  fs.writeFileSync(
    join(folder, 'Dockerfile'),
    `ARG base_image\nFROM \${base_image}\n${'RUN true\n'.repeat(4)}`,
  );
  const contestants = [
    ours,
    ...(hasDocker() ? [classicDocker, buildKit] : []),
    ...(hasBuildah() ? [buildah] : []),
  ];
  try {
    const ready = [];
    for (const contestant of contestants) ready.push(await contestant({ rootfs, folder }));
    return await compare(ready, rounds);
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
}

function ours({ rootfs, folder }) {
  const output = join(folder, 'output');
  return {
    what: `ours: apply of four RUNs (${files} files)`,
    async run() {
      const cost = await measure([
        command,
        'apply',
        join(folder, 'Dockerfile'),
        `--rootfs=${rootfs}`,
        `--output=${output}`,
      ]);
      fs.rmSync(output, { recursive: true });
      return cost;
    },
  };
}

const classicDocker = (place) => docker(place, 'docker build, classic', '0');
const buildKit = (place) => docker(place, 'docker build, BuildKit', '1');

function docker({ rootfs, folder }, what, DOCKER_BUILDKIT) {
  const base = `${image}:${files}`;
  if (spawnSync('docker', ['image', 'inspect', base]).status !== 0)
    execFileSync('bash', ['-c', 'tar -c -C "$0" . | docker import - "$1"', rootfs, base]);
  const idFile = join(folder, 'image-id');
  const words = ['docker', 'build', '--no-cache', '--network=host', `--build-arg=base_image=${base}`];
  return {
    what,
    async run() {
      const cost = await measure([...words, `--iidfile=${idFile}`, folder], {
        env: { DOCKER_BUILDKIT },
        daemon: fs.readFileSync('/var/run/docker.pid', 'utf8').trim(),
      });
      spawnSync('docker', ['rmi', '--force', fs.readFileSync(idFile, 'utf8')]);
      return cost;
    },
  };
}

function buildah({ rootfs, folder }) {
  const kept = join(tmpdir(), 'dockerfile-extender-bench/buildah');
  const storage = [`--root=${kept}`, `--runroot=${join(folder, 'run')}`];
  const call = (...words) => execFileSync('buildah', [...storage, ...words], { encoding: 'utf8' }).trim();
  if (spawnSync('buildah', [...storage, 'inspect', '--type=image', image]).status !== 0) {
    const container = call('from', 'scratch');
    call('add', '--quiet', container, rootfs, '/');
    call('commit', '--quiet', '--rm', '--disable-compression', container, image);
  }
  const words = ['bud', '--quiet', '--no-cache', '--pull-never', '--network=host', '--isolation=chroot'];
  return {
    what: 'buildah bud',
    async run() {
      const cost = await measure([
        'buildah',
        ...storage,
        ...words,
        `--build-arg=base_image=localhost/${image}`,
        '--tag=built',
        `--file=${join(folder, 'Dockerfile')}`,
        makeEmpty(join(folder, 'context')),
      ]);
      call('rmi', '--force', 'built');
      return cost;
    },
  };
}

function makeEmpty(path) {
  fs.mkdirSync(path, { recursive: true });
  return path;
}

const hasDocker = () => spawnSync('docker', ['version']).status === 0;
const hasBuildah = () => spawnSync('buildah', ['--version']).status === 0;
