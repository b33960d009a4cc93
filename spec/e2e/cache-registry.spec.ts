// Machines that share layers through a real registry server, and a server that dies on the way.
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runBuild } from '../cache/support/build.js';
import { folderWith } from '../extend/support/folder.js';
import { makeRootfs, removeRootfs } from '../support/rootfs.js';
import { compareTrees, readTree } from '../support/tree.js';
import { type RegistryServer, startRegistry } from './support/registry.js';

let folder: string;
let pristine: string;
let server: RegistryServer;

beforeAll(() => {
  pristine = makeRootfs();
});
afterAll(() => removeRootfs(pristine));
beforeEach(async () => {
  folder = folderWith();
  server = await startRegistry(folder);
});
afterEach(() => server.kill());

const text = 'FROM base\nRUN echo $$ > /one\nRUN dd if=/dev/urandom of=/two bs=1M count=20\nRUN true\n';
let builds = 0;

/** A build on a fresh copy of the root filesystem, on a machine that has a cache folder of its own. */
async function build(machine: string, more: object = {}) {
  const rootfs = join(folder, `rootfs-${++builds}`);
  execFileSync('cp', ['-a', pristine, rootfs]);
  const cache = { cacheDir: join(folder, machine), cacheRepo: `${server.host}/team/cache` };
  const built = await runBuild({
    folder,
    rootfs,
    text,
    options: { ...cache, layering: 'instruction', ...more },
  });
  return { ...built, rootfs };
}

const layersOf = ({ layers }: Awaited<ReturnType<typeof build>>) => layers.map(({ digest }) => digest);

it('shares layers between two cache folders', async () => {
  const first = await build('one');
  const second = await build('two');
  expect([first.executed, second.executed]).toEqual([[2, 3, 4], []]);
  expect([first.warnings, second.warnings]).toEqual([[], []]);
  expect(layersOf(second)).toEqual(layersOf(first));
  expect(compareTrees(readTree(second.rootfs), readTree(first.rootfs))).toEqual([]);

  server.kill();
  const third = await build('two');
  expect([third.executed, third.warnings]).toEqual([[], []]);
});

it('builds with one warning when the server dies in the middle', async () => {
  const onEvent = (event: { type: string; line?: number }) => {
    if (event.type === 'instruction-started' && event.line === 3) server.kill();
  };
  const first = await build('one', { onEvent });
  expect(first.executed).toEqual([2, 3, 4]);
  expect(first.warnings).toEqual([
    expect.stringMatching(
      /^The registry 127\.0\.0\.1:\d+ cannot be used: .*ECONNREFUSED.* The build goes on without/,
    ),
  ]);
  expect((await build('one')).executed).toEqual([]);
});

it('builds when the server dies while a layer comes from it, and finds no half layer afterwards', async () => {
  await build('one');
  const dying = build('two');
  setTimeout(() => server.kill(), 150 + Math.random() * 200);
  const { warnings } = await dying;
  expect(warnings.length).toBeLessThanOrEqual(1);
  const again = await build('two', { cacheRepo: undefined });
  expect([again.executed, again.warnings]).toEqual([[], []]);
});

it('passes over a layer that the server has damaged, and builds it again', async () => {
  const first = await build('one');
  const [, large] = layersOf(first);
  const hex = large!.slice('sha256:'.length);
  const blob = join(server.directory, 'docker/registry/v2/blobs/sha256', hex.slice(0, 2), hex, 'data');
  const bytes = readFileSync(blob);
  bytes[1000]! ^= 1;
  writeFileSync(blob, bytes);
  const second = await build('two');
  expect(second.executed).toContain(3);
  expect(second.warnings).toEqual([expect.stringMatching(/its layer is damaged\. It is passed over\.$/)]);
  expect(readdirSync(join(folder, 'two/blobs')).filter((name) => name === hex)).toEqual([]);
});
