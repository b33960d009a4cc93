// Bounds of a cache folder: age, size, what nothing speaks of.
import { existsSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathIn } from '../../lib/cache/cache-folder.js';
import { openDirectoryStore } from '../../lib/cache/directory-store.js';
import { listFolder, pruneFolder } from '../../lib/cache/prune.js';
import { digestOf } from '../../lib/image/digest.js';
import { silentLogger } from '../../lib/report/logger.js';
import { folderWith } from '../extend/support/folder.js';

const { signal } = new AbortController();
const hour = 3_600_000;
let cacheDir: string;
beforeEach(() => {
  cacheDir = join(folderWith(), 'cache');
});

const open = (more: { timeToLive?: number; maxSize?: number } = {}) =>
  openDirectoryStore({ cacheDir, timeToLive: hour, logger: silentLogger, ...more });

/** Keeps 100 bytes by the name of a key, made that many milliseconds ago. */
async function keep(name: string, { store = open(), content = name, age = 0 } = {}): Promise<void> {
  const bytes = Buffer.alloc(100, content);
  const file = join(folderWith(), 'layer');
  writeFileSync(file, bytes);
  const digest = digestOf(bytes);
  const described = { digest, diffID: digest, size: bytes.length, mediaType: 'x' };
  const about = { made: Date.now() - age, createdBy: `RUN ${name}`, changesAccounts: false };
  await store.keep(
    { record: { key: digestOf(name), ...about, layer: described }, layer: { ...described, file } },
    signal,
  );
}

const find = (name: string, store = open()) =>
  store.find({ key: digestOf(name), directory: folderWith(), signal });
const names = () => listFolder(cacheDir).map(({ record }) => record.createdBy.slice('RUN '.length));
const usedAt = (name: string, seconds: number) =>
  utimesSync(pathIn(cacheDir, 'entries', digestOf(name)), seconds, seconds);

describe('A cache folder', () => {
  it('lists what it has, the one used last first', async () => {
    for (const [index, name] of ['a', 'b', 'c'].entries()) {
      await keep(name);
      usedAt(name, 1000 + index);
    }
    expect(names()).toEqual(['c', 'b', 'a']);
    await find('a');
    expect(names()).toEqual(['a', 'c', 'b']);
  });

  it('evicts what was used longest ago', async () => {
    for (const [index, name] of ['a', 'b', 'c'].entries()) {
      await keep(name);
      usedAt(name, 1000 + index);
    }
    await find('a');
    await keep('d', { store: open({ maxSize: 350 }) });
    expect(names().sort()).toEqual(['a', 'c', 'd']);
    expect(readdirSync(join(cacheDir, 'blobs'))).toHaveLength(3);
    expect(await find('b')).toEqual({});
  });

  it('keeps a layer that another entry has, too, and counts it once', async () => {
    await keep('a', { content: 'same' });
    await keep('b', { content: 'same', store: open({ maxSize: 100 }) });
    expect(names().sort()).toEqual(['a', 'b']);
    expect((await find('a')).kept).toBeDefined();
  });

  it('does not use what is too old, and prunes it', async () => {
    await keep('old', { age: 2 * hour });
    await keep('young');
    expect(await find('old')).toEqual({ why: 'the layer is too old: 2 h, where 1 h are allowed' });
    expect(pruneFolder({ cacheDir, timeToLive: hour })).toEqual({ entries: 1, bytes: 100 });
    expect(names()).toEqual(['young']);
  });

  it('leaves alone what others are writing just now', async () => {
    await keep('a');
    const blob = pathIn(cacheDir, 'blobs', digestOf('whose entry comes next'));
    const aside = `${blob}.tmp`;
    for (const file of [blob, aside]) writeFileSync(file, 'x');
    expect(pruneFolder({ cacheDir, timeToLive: hour })).toEqual({ entries: 0, bytes: 0 });
    expect([existsSync(blob), existsSync(aside)]).toEqual([true, true]);
  });

  it('takes a lost layer for a miss', async () => {
    await keep('a');
    const [record] = listFolder(cacheDir);
    rmSync(pathIn(cacheDir, 'blobs', record!.record.layer!.digest));
    expect(await find('a')).toEqual({ why: 'its layer is no longer in the cache' });
    expect(names()).toEqual([]);
  });
});
