// Our JavaScript and that of our dependencies as few files: one an entry, worker threads included. All lie in one
// folder, two levels below the package's as the modules do, because `import.meta.url` leads from them to the workers
// and to package.json. They are CommonJS, which Node starts in half the time that ES modules take.
import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const here = dirname(fileURLToPath(import.meta.url));
const project = join(here, '../..');

/**
 * Writes the program.
 * @param outdir where it goes: two levels below the folder with package.json.
 * @param entries of the program by their names: files, relative to the project.
 * @param options of esbuild, besides.
 * @returns the folders of the packages that went in, relative to the project.
 */
export async function bundleJavaScript({ outdir, entries, ...options }) {
  const { metafile } = await build({
    absWorkingDir: project,
    entryPoints: {
      ...entries,
      'launcher-worker': 'dist/interpreter/launcher-worker.js',
      'chroot-command': 'dist/interpreter/chroot-command.js',
      'scan-worker': 'dist/snapshot/scan-worker.js',
      'pack-worker': 'dist/layer/pack-worker.js',
    },
    outdir,
    bundle: true,
    format: 'cjs',
    platform: 'node',
    target: 'node20',
    legalComments: 'none',
    // Parsing is much of what a command takes to start. Names stay, for stack traces.
    minifyWhitespace: true,
    minifySyntax: true,
    define: { 'import.meta.url': 'importMetaUrl' },
    banner: { js: "const importMetaUrl = require('node:url').pathToFileURL(__filename).href;" },
    metafile: true,
    logLevel: 'warning',
    ...options,
  });
  writeFileSync(join(outdir, 'package.json'), '{ "type": "commonjs" }\n');
  const packageFolder = /^node_modules\/(?:.*\/node_modules\/)?(?:@[^/]+\/)?[^/]+/;
  const inputs = Object.values(metafile.outputs).flatMap((output) => Object.keys(output.inputs));
  return [...new Set(inputs.flatMap((input) => input.match(packageFolder)?.[0] ?? []))].sort();
}
