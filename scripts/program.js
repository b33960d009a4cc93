// The last step of `npm run build`: bundles each command into one file in dist/program, since finding and linking
// some three hundred modules was two thirds of what a command took to start.
import { rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { bundleJavaScript } from './bundle/javascript.js';

const outdir = fileURLToPath(new URL('../dist/program', import.meta.url));
rmSync(outdir, { recursive: true, force: true });
await bundleJavaScript({
  outdir,
  entries: { extender: 'dist/cli/extender.js', 'dockerfile-extender': 'dist/cli/main.js' },
  // It finds its native part by itself, which is no JavaScript.
  external: ['koffi'],
});
