// Measures this program against its peers on this machine: `npm run bench [-- NAME… [--files N]]`.
// Each bench is a module here that exports `run(options)` and gives the rows of its table; whatever peer
// is not installed is left out. With `--write` the tables replace those of docs/performance.md.
import fs from 'node:fs';
import { availableParallelism, cpus, loadavg, release, totalmem } from 'node:os';
import { parseArgs } from 'node:util';
import { table } from './table.mjs';

const benches = ['scan', 'layer', 'build'];

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    files: { type: 'string', default: '100000' },
    rounds: { type: 'string', default: '3' },
    write: { type: 'boolean', default: false },
  },
});

const options = { files: Number(values.files), rounds: Number(values.rounds) };
for (const name of positionals.length > 0 ? positionals : benches) {
  const { run } = await import(`./${name}.mjs`);
  const text = `${circumstances()}\n\n${table(await run(options))}`;
  console.log(`${name}\n${text}`);
  if (values.write) writeTable(name, text);
}

/** When and on what it was measured. */
function circumstances() {
  const [{ model }] = cpus();
  const cores = availableParallelism();
  const day = new Date().toISOString().slice(0, 10);
  const memory = Math.round(totalmem() / 1e9);
  return `${day}, ${cores} cores (${model}), ${memory} GB, Linux ${release()}, Node.js ${process.version}, load before ${loadavg()[0].toFixed(1)}.`;
}

/** Between the marks `<!-- bench NAME -->` and `<!-- end NAME -->`. */
function writeTable(name, text) {
  const file = new URL('../docs/performance.md', import.meta.url);
  const page = fs.readFileSync(file, 'utf8');
  const [start, end] = [`<!-- bench ${name} -->\n`, `<!-- end ${name} -->`];
  const [head, rest] = page.split(start);
  if (rest === undefined) throw new Error(`docs/performance.md has no place for the table of ${name}.`);
  fs.writeFileSync(file, `${head}${start}${text}${rest.slice(rest.indexOf(end))}`);
}
