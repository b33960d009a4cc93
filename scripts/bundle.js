// `npm run bundle`: makes build/portable, a folder to be mounted at /cnb/extender (or elsewhere) in any Linux image
// of this architecture. `-- --tar` also makes the archive that a release publishes, with its checksum.
//
//   bin/           extender, dockerfile-extender: the launcher
//   lib/           Node.js, its libraries and loader, koffi's native part
//   dist/program/  our program
//   package.json, LICENSE, LICENCES
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, copyFileSync, lstatSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import fse from 'fs-extra';
import { bundleJavaScript } from './bundle/javascript.js';
import { writeLicences } from './bundle/licences.js';
import { copyNative } from './bundle/native.js';

const project = fileURLToPath(new URL('..', import.meta.url));
const { values: options } = parseArgs({
  options: {
    tar: { type: 'boolean', default: false },
    output: { type: 'string', default: join(project, 'build/portable') },
  },
});
const bundle = options.output;
const { name, version, license } = JSON.parse(readFileSync(join(project, 'package.json'), 'utf8'));

fse.emptyDirSync(bundle);
for (const folder of ['bin', 'lib', 'dist/program']) fse.ensureDirSync(join(bundle, folder));
const packages = await bundleJavaScript({
  outdir: join(bundle, 'dist/program'),
  entries: {
    extender: 'scripts/bundle/extender.js',
    'dockerfile-extender': 'scripts/bundle/dockerfile-extender.js',
  },
  minify: true,
  keepNames: true,
  alias: { koffi: join(project, 'scripts/bundle/koffi.js') },
});
const koffiPackage = `node_modules/@koromix/koffi-linux-${process.arch}`;
const files = copyNative({
  bundle,
  koffi: join(project, koffiPackage, `linux_${process.arch}/koffi.node`),
  programs: ['extender', 'dockerfile-extender'],
});
const packageJson = { name, version, license, type: 'module' };
writeFileSync(join(bundle, 'package.json'), `${JSON.stringify(packageJson, null, 2)}\n`);
copyFileSync(join(project, 'LICENSE'), join(bundle, 'LICENSE'));
writeLicences({
  file: join(bundle, 'LICENCES'),
  packages: [...packages, 'node_modules/koffi'].map((folder) => join(project, folder)),
  files,
});
setModes(bundle);
console.log(`${relative('.', bundle)}: ${megabytes(sizeOf(bundle))}`);
if (options.tar) makeArchive();

/** The same bytes for the same inputs: order, owners, modes and times are fixed. */
function makeArchive() {
  const archive = join(bundle, '..', `${name}-${version}-linux-${process.arch}.tar.gz`);
  const seconds = process.env.SOURCE_DATE_EPOCH ?? '0';
  execFileSync('tar', [
    '--create',
    `--file=${archive}`,
    '--use-compress-program=gzip --best --no-name',
    '--format=ustar',
    '--sort=name',
    '--owner=0',
    '--group=0',
    '--numeric-owner',
    `--mtime=@${seconds}`,
    `--directory=${bundle}`,
    '.',
  ]);
  const digest = createHash('sha256').update(readFileSync(archive)).digest('hex');
  const file = relative(join(bundle, '..'), archive);
  writeFileSync(`${archive}.sha256`, `${digest}  ${file}\n`);
  console.log(`${relative('.', archive)}: ${megabytes(lstatSync(archive).size)}, sha256 ${digest}`);
}

/** Programs, the loader among them, may be executed; all may be read by everyone, whatever the umask was. */
function setModes(path) {
  const isFolder = lstatSync(path).isDirectory();
  const isProgram = /\/(bin\/[^/]+|lib\/(node|ld-[^/]+))$/.test(path);
  chmodSync(path, isFolder || isProgram ? 0o755 : 0o644);
  if (isFolder) for (const entry of readdirSync(path)) setModes(join(path, entry));
}

/** Bytes of the files below a folder, each once however many names it has. */
function sizeOf(path, seen = new Set()) {
  const stats = lstatSync(path);
  if (stats.isDirectory()) {
    return readdirSync(path).reduce((sum, entry) => sum + sizeOf(join(path, entry), seen), 0);
  }
  if (seen.has(stats.ino)) return 0;
  seen.add(stats.ino);
  return stats.size;
}

function megabytes(bytes) {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}
