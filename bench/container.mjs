// Four trivial RUNs in a container of an image with many files: the extender of the portable folder, from before
// its container starts until that is gone, against `docker build` of the same.
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { rootfsTree } from './tree.mjs';

const portable = resolve('build/portable');
const image = 'extender-bench';
const dockerfile = `FROM ${image}\n${[1, 2, 3, 4].map((run) => `RUN echo ${run} > /made-${run}\n`).join('')}`;

/** Rounds alternate. Needs the Docker daemon and `npm run bundle`. */
export function run({ files, rounds }) {
  // Docker would make an empty folder of what is not there.
  if (!fs.existsSync(join(portable, 'bin')))
    throw new Error(`there is no ${portable}: npm run bundle makes it`);
  const folder = fs.mkdtempSync(join(tmpdir(), 'extender-bench-'));
  try {
    const tar = join(folder, 'image.tar');
    execFileSync('tar', ['-C', rootfsTree(files), '-cf', tar, '.']);
    execFileSync('docker', ['import', tar, image], { stdio: 'ignore' });
    fs.rmSync(tar);
    fs.writeFileSync(join(folder, 'Dockerfile'), dockerfile);
    const contestants = [
      { what: 'docker build', measure: () => dockerBuild(folder) },
      { what: 'our whole container', measure: () => ourContainer(folder) },
    ];
    const best = contestants.map(({ measure }) => measure());
    for (let round = 1; round < rounds; round++) {
      for (const [at, { measure }] of contestants.entries()) {
        const now = measure();
        if (now.seconds < best[at].seconds) best[at] = now;
      }
    }
    return contestants.flatMap(({ what }, at) => [
      { what: `${what} (${files} files)`, ...best[at], ratio: best[at].seconds / best[0].seconds },
      ...(best[at].parts ?? []),
    ]);
  } finally {
    fs.rmSync(folder, { recursive: true });
    execFileSync('docker', ['rmi', '--force', image], { stdio: 'ignore' });
  }
}

function dockerBuild(folder) {
  const { said, ...time } = timed(['build', '--quiet', '--no-cache', '--network=host', folder]);
  execFileSync('docker', ['rmi', said.trim()], { stdio: 'ignore' });
  return time;
}

function ourContainer(folder) {
  const layout = join(folder, 'layout');
  fs.rmSync(layout, { recursive: true, force: true });
  const mounts = ['--volume', `${portable}:/cnb/extender:ro`, '--volume', `${folder}:/bench`];
  const report = '/bench/report.json';
  const argv = ['apply', '/bench/Dockerfile', '--output', '/bench/layout', '--report', report];
  const program = '/cnb/extender/bin/dockerfile-extender';
  const { said: _, ...whole } = timed(['run', '--rm', '--network=host', ...mounts, image, program, ...argv]);
  const { milliseconds } = JSON.parse(fs.readFileSync(join(folder, 'report.json'), 'utf8'));
  return {
    ...whole,
    parts: [
      { what: '… of it the work, without the start of container and program', seconds: milliseconds / 1e3 },
    ],
  };
}

function timed(args) {
  const start = performance.now();
  const said = execFileSync('docker', args, {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
    env: { ...process.env, DOCKER_BUILDKIT: '0' },
  });
  return { seconds: (performance.now() - start) / 1e3, said };
}
