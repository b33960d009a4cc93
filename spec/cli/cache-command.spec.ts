import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { makeRootfs, removeRootfs } from '../support/rootfs.js';

const command = resolve('bin/dockerfile-extender');
let folder: string;
let rootfs: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'extender-cache-'));
  rootfs = makeRootfs();
});
afterAll(() => {
  rmSync(folder, { recursive: true });
  removeRootfs(rootfs);
});

const run = (...args: string[]) => spawnSync(command, args, { encoding: 'utf8', cwd: folder });
const cache = (...args: string[]) => run('cache', ...args, '--cache-dir', 'cache');

it('keeps, lists, verifies and prunes layers', () => {
  writeFileSync(join(folder, 'Dockerfile'), 'FROM base\nRUN echo 1 > /one\n');
  const apply = run(
    ...['apply', 'Dockerfile', '--rootfs', rootfs, '--output', 'layout'],
    ...['--cache-dir', 'cache', '--cache-ttl', '1h', '--cache-max-size', '1GB', '--report', 'report.json'],
  );
  expect([apply.status, apply.stderr]).toEqual([0, expect.stringContaining('Cache miss for Dockerfile: ')]);
  const report = JSON.parse(readFileSync(join(folder, 'report.json'), 'utf8'));
  expect(report.cache).toMatchObject([{ hit: false, line: 2, key: expect.stringMatching(/^sha256:/) }]);

  expect(cache('ls').stdout).toMatch(/^KEY .*\n[0-9a-f]{12} .* RUN \/bin\/sh -c echo 1 > \/one\n$/);
  expect(JSON.parse(cache('ls', '--format', 'json').stdout)).toMatchObject([{ key: report.cache[0].key }]);
  expect(cache('verify')).toMatchObject({ status: 0, stdout: '1 entry is as it was written, 0 removed\n' });

  const blobs = join(folder, 'cache/blobs');
  writeFileSync(join(blobs, readdirSync(blobs)[0]!), 'damaged');
  const verified = cache('verify');
  expect(verified.status).toBe(1);
  expect(verified.stdout).toMatch(/^sha256:.*: its layer is damaged; removed\n0 entries .* 1 removed\n$/);
  expect(cache('prune', '--cache-ttl', '0s')).toMatchObject({
    status: 0,
    stdout: '0 entries removed, 0 B freed\n',
  });
});

it.each([
  ['--cache-ttl', 'soon'],
  ['--cache-max-size', 'much'],
])('refuses %s %s', (flag, value) => {
  expect(cache('prune', flag, value)).toMatchObject({ status: 3, stderr: expect.stringContaining(flag) });
});
