// Writing a layer of many files and of one large file, against tar with sha256sum, gzip and pigz.
import { execFileSync, spawnSync } from 'node:child_process';
import { compare, measure } from './measure.mjs';
import { largeFileTree } from './tree.mjs';

const large = 5e9;

/** gzip of the large file would take minutes, and tell what that of the small ones tells. */
export async function run({ rounds }) {
  const small = { name: '/usr/share', root: '/', path: 'usr/share' };
  const one = { name: 'a file of 5 GB', root: largeFileTree(large), path: 'large' };
  for (const tree of [small, one]) readOnce(tree);
  const plain = (tree) => [piped(tree, 'sha256sum'), layer(tree, 'none')];
  const gzip = [
    piped(small, 'gzip -6 | sha256sum'),
    ...(spawnSync('pigz', ['-V']).status === 0 ? [piped(small, 'pigz -6 | sha256sum')] : []),
    layer(small, 'gzip'),
  ];
  return [
    ...(await compare(plain(small), Math.min(rounds, 3))),
    ...(await compare(plain(one), 1)),
    ...(await compare(gzip, 1)),
  ];
}

/** So that no contestant meets the files on disk. tar reads nothing where it sees that it writes to /dev/null. */
function readOnce({ root, path }) {
  execFileSync('bash', ['-c', 'tar -c -C "$0" "$1" | cat > /dev/null', root, path]);
}

function piped({ name, root, path }, command) {
  return {
    what: `tar | ${command} (${name})`,
    run: () => measure(['bash', '-c', `tar -c -C "$0" "$1" | ${command}`, root, path]),
  };
}

/** In a process of its own, for its memory. */
function layer({ name, root, path }, compression) {
  const script = new URL('./one-layer.mjs', import.meta.url).pathname;
  const run = async () =>
    JSON.parse(execFileSync(process.execPath, [script, root, path, compression], { encoding: 'utf8' }));
  return { what: `our layer, ${compression} (${name})`, run };
}
