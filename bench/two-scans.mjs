// Takes both snapshots of a build twice and prints what the second pair cost, as JSON.
// usage: two-scans.mjs ROOTFS THREADS
import { diffSnapshots } from '../dist/snapshot/diff-snapshots.js';
import { takeSnapshot } from '../dist/snapshot/take-snapshot.js';

const [rootfs, count] = process.argv.slice(2);
const threads = Number(count);

async function pair() {
  const cpu = process.cpuUsage();
  const start = performance.now();
  const before = await takeSnapshot({ rootfs, threads });
  const between = performance.now();
  const after = await takeSnapshot({ rootfs, since: before, threads });
  diffSnapshots({ before, after });
  const end = performance.now();
  const { user, system } = process.cpuUsage(cpu);
  return {
    seconds: (end - start) / 1e3,
    cpuSeconds: (user + system) / 1e6,
    megabytes: process.resourceUsage().maxRSS / 1024,
    parts: [
      { what: '… before', seconds: (between - start) / 1e3 },
      { what: '… after', seconds: (end - between) / 1e3 },
    ],
  };
}

await pair();
console.log(JSON.stringify(await pair()));
