// `dockerfile-extender cache ls|prune|verify`: what a cache folder holds, on standard output.
import { listFolder, pruneFolder } from '../cache/prune.js';
import { verifyFolder } from '../cache/verify.js';
import { formatBytes } from '../report/units.js';
import { exitCodes } from './exit-codes.js';
import type { CommandContext } from './run-command.js';

const print = (line: string) => process.stdout.write(`${line}\n`);
const shortKey = (key: string) => key.slice('sha256:'.length, 'sha256:'.length + 12);

/** The entries, the one used last first. */
export async function cacheListCommand(options: {
  cacheDir: string;
  format: 'text' | 'json';
}): Promise<number> {
  const entries = listFolder(options.cacheDir);
  if (options.format === 'json') {
    const dated = entries.map(({ record, used }) => ({ ...record, used }));
    print(JSON.stringify(dated, null, 2));
    return exitCodes.done;
  }
  const time = (milliseconds: number) => new Date(milliseconds).toISOString().slice(0, 19);
  print(
    `${'KEY'.padEnd(12)}  ${'MADE'.padEnd(19)}  ${'LAST USED'.padEnd(19)}  ${'SIZE'.padStart(9)}  MADE BY`,
  );
  for (const { record, used } of entries) {
    const { key, made, layer, createdBy } = record;
    const size = layer ? formatBytes(layer.size) : 'nothing';
    const by = createdBy.replace(/[\p{Cc}\s]+/gu, ' ').slice(0, 80);
    print(`${shortKey(key)}  ${time(made)}  ${time(used)}  ${size.padStart(9)}  ${by}`);
  }
  return exitCodes.done;
}

export async function cachePruneCommand(options: {
  cacheDir: string;
  cacheTtl: number;
  cacheMaxSize?: number;
}): Promise<number> {
  const { cacheDir, cacheTtl: timeToLive, cacheMaxSize: maxSize } = options;
  const { entries, bytes } = pruneFolder({ cacheDir, timeToLive, ...(maxSize !== undefined && { maxSize }) });
  print(`${entries} ${entries === 1 ? 'entry' : 'entries'} removed, ${formatBytes(bytes)} freed`);
  return exitCodes.done;
}

/** @returns 1 where anything was damaged. */
export async function cacheVerifyCommand(
  { cacheDir }: { cacheDir: string },
  { signal }: CommandContext,
): Promise<number> {
  const { well, damaged } = await verifyFolder({ cacheDir, signal });
  for (const { key, why } of damaged) print(`${key}: ${why}; removed`);
  print(
    `${well} ${well === 1 ? 'entry is as it was' : 'entries are as they were'} written, ${damaged.length} removed`,
  );
  return damaged.length === 0 ? exitCodes.done : exitCodes.failed;
}
