// Our JavaScript and that of our dependencies as few files: one an entry, worker threads included, and chunks that
// they share. All lie in one folder, two levels below the bundle's as in the package, because `import.meta.url`
// leads from them to the workers and to package.json.
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const here = dirname(fileURLToPath(import.meta.url));
const project = join(here, '../..');

/**
 * Writes `dist/program` of the bundle.
 * @returns the folders of the packages that went in, relative to the project.
 */
export async function bundleJavaScript({ bundle }) {
  const { metafile } = await build({
    absWorkingDir: project,
    entryPoints: [
      ...['extender', 'dockerfile-extender'].map((name) => join(here, `${name}.js`)),
      ...['interpreter/launcher-worker', 'snapshot/scan-worker', 'layer/pack-worker'].map((name) =>
        join(project, `dist/${name}.js`),
      ),
    ],
    outdir: join(bundle, 'dist/program'),
    entryNames: '[name]',
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    minify: true,
    keepNames: true,
    legalComments: 'none',
    alias: { koffi: join(here, 'koffi.js') },
    // CommonJS packages ask for Node's own modules by require().
    banner: {
      js: "import { createRequire as requireFrom } from 'node:module'; const require = requireFrom(import.meta.url);",
    },
    metafile: true,
    logLevel: 'warning',
  });
  const packageFolder = /^node_modules\/(?:.*\/node_modules\/)?(?:@[^/]+\/)?[^/]+/;
  const inputs = Object.values(metafile.outputs).flatMap((output) => Object.keys(output.inputs));
  return [...new Set(inputs.flatMap((input) => input.match(packageFolder)?.[0] ?? []))].sort();
}
