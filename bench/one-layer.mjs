// Writes one layer of all that is at a path and prints what it cost, as JSON.
// usage: one-layer.mjs ROOTFS PATH COMPRESSION
import fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeLayer } from '../dist/layer/write-layer.js';

const [rootfs, path, compression] = process.argv.slice(2);
const changes = [];
const add = (absolute) => {
  changes.push({ path: absolute, kind: 'added' });
  if (!fs.lstatSync(join(rootfs, absolute)).isDirectory()) return;
  for (const name of fs.readdirSync(join(rootfs, absolute))) add(`${absolute}/${name}`);
};
add(`/${path}`);

const directory = fs.mkdtempSync(join(tmpdir(), 'dockerfile-extender-layer-'));
const cpu = process.cpuUsage();
const start = performance.now();
await writeLayer({ rootfs, changes, directory, compression });
const seconds = (performance.now() - start) / 1e3;
const { user, system } = process.cpuUsage(cpu);
fs.rmSync(directory, { recursive: true });
const megabytes = process.resourceUsage().maxRSS / 1024;
console.log(JSON.stringify({ seconds, cpuSeconds: (user + system) / 1e6, megabytes }));
