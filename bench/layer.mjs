// Writing a layer of many files and of one large file, against tar with sha256sum, gzip and pigz.
import { execFileSync, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { largeFileTree } from './tree.mjs';

const large = 1024 ** 3;

/** Rounds alternate between the contestants, so that what else the machine does hits all alike. */
export function run({ rounds }) {
  const trees = [
    { name: '/usr/share', root: '/', path: 'usr/share' },
    { name: 'one file of 1 GiB', root: largeFileTree(large), path: 'large' },
  ].filter(({ root, path }) => fs.existsSync(`${root}/${path}`));
  return trees.flatMap((tree) => [
    ...compare(tree, Math.min(rounds, 3), [
      { what: 'tar | sha256sum', command: 'sha256sum' },
      { what: 'our layer, none', compression: 'none' },
    ]),
    ...compare(tree, Math.min(rounds, 2), [
      { what: 'tar | gzip -6 | sha256sum', command: 'gzip -6 | sha256sum' },
      ...(spawnSync('pigz', ['-V']).status === 0
        ? [{ what: 'tar | pigz -6 | sha256sum', command: 'pigz -6 | sha256sum' }]
        : []),
      { what: 'our layer, gzip', compression: 'gzip' },
    ]),
  ]);
}

function compare(tree, rounds, contestants) {
  const rows = contestants.map(({ what }) => ({
    what: `${what} (${tree.name})`,
    seconds: Number.POSITIVE_INFINITY,
  }));
  for (let round = 0; round < rounds; round++)
    contestants.forEach(({ command, compression }, at) => {
      const now = compression ? layer(tree, compression) : piped(tree, command);
      if (now.seconds < rows[at].seconds) Object.assign(rows[at], now);
    });
  return rows.map((row) => ({ ...row, ratio: row.seconds / rows[0].seconds }));
}

/** Wall-clock and processor time of tar and what it is piped through, as the shell's own clock has it. */
function piped({ root, path }, command) {
  const script = `TIMEFORMAT="%R %U %S"; time (tar -c -C '${root}' '${path}' | ${command} > /dev/null)`;
  const { stderr } = spawnSync('bash', ['-c', script], { encoding: 'utf8' });
  const [seconds, user, system] = stderr.trim().split('\n').at(-1).split(' ').map(Number);
  return { seconds, cpuSeconds: user + system };
}

/** In a process of its own, for its memory. */
function layer({ root, path }, compression) {
  const script = new URL('./one-layer.mjs', import.meta.url).pathname;
  return JSON.parse(execFileSync(process.execPath, [script, root, path, compression], { encoding: 'utf8' }));
}
