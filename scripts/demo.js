// `npm run demo`: the main job from end to end, on a small root filesystem made of this machine's own programs.
import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { lstatSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const project = fileURLToPath(new URL('..', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'extender-demo-'));
const rootfs = join(folder, 'rootfs');
const pristine = join(folder, 'pristine');
const layout = join(folder, 'layout');
const dockerfile = join(project, 'fixtures/extensions/hello/build.Dockerfile');

process.on('exit', () => rmSync(folder, { recursive: true, force: true }));

say('A root filesystem, twice, from the programs of this machine');
execFileSync('sh', [join(project, 'fixtures/make-rootfs.sh'), rootfs]);
execFileSync('cp', ['-a', rootfs, pristine]);
console.log(`${Object.keys(readTree(rootfs)).length} files and folders in ${rootfs}`);

say('The Dockerfile of an extension');
console.log(readFileSync(dockerfile, 'utf8').trim());

extender('Apply it to the first', [
  'apply',
  dockerfile,
  '--rootfs',
  rootfs,
  '--output',
  layout,
  '--build-arg',
  'greeted=you',
]);
extender('What its layer holds', ['inspect', layout]);
extender('Restore the layer onto the second', ['restore', '--layers', layout, '--rootfs', pristine]);

say('Compare the two: path, type, mode, owner, links, time and content');
const [applied, restored] = [readTree(rootfs), readTree(pristine)];
const paths = [...new Set([...Object.keys(applied), ...Object.keys(restored)])];
const differing = paths.filter((path) => applied[path] !== restored[path]);
for (const path of differing)
  console.log(`${path}\n  applied  ${applied[path]}\n  restored ${restored[path]}`);
console.log(
  differing.length === 0
    ? `identical: ${paths.length} paths`
    : `${differing.length} of ${paths.length} paths differ`,
);
process.exitCode = differing.length === 0 ? 0 : 1;

function say(title) {
  console.log(`\n== ${title}`);
}

/** Runs the command as a user would type it; ends the demo where it fails. */
function extender(title, args) {
  say(title);
  console.log(`$ dockerfile-extender ${args.join(' ')}`);
  const { status } = spawnSync(join(project, 'bin/dockerfile-extender'), args, {
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  if (status !== 0) process.exit(status ?? 1);
}

/** Everything there is to know of each path below a folder, as a string. */
function readTree(root, path = '/', tree = {}) {
  const file = join(root, path);
  const { mode, uid, gid, nlink, mtimeNs, rdev } = lstatSync(file, { bigint: true });
  const type = mode & 0o170000n;
  const parts = [mode.toString(8), uid, gid, rdev, mtimeNs];
  if (type === 0o100000n) parts.push(nlink, createHash('sha256').update(readFileSync(file)).digest('hex'));
  if (type === 0o120000n) parts.push(readlinkSync(file));
  tree[path] = parts.join(' ');
  if (type === 0o040000n) for (const name of readdirSync(file)) readTree(root, join(path, name), tree);
  return tree;
}
