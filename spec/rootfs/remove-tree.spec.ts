import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { removeTree } from '../../lib/rootfs/remove-tree.js';

it('removes directories that are too deep for any path', () => {
  const folder = mkdtempSync(join(tmpdir(), 'remove-spec-'));
  const deep = `${'d'.repeat(200)}/`.repeat(18);
  for (const name of ['one', 'two']) mkdirSync(join(folder, name, deep, 'side'), { recursive: true });
  writeFileSync(join(folder, 'two', deep, 'file'), '');
  renameSync(join(folder, 'two'), join(folder, 'one', deep, 'two'));
  removeTree(folder);
  expect(existsSync(folder)).toBe(false);
  removeTree(folder);
});

it('removes more directories within each other than Node can', () => {
  const folder = mkdtempSync(join(tmpdir(), 'remove-spec-'));
  const half = 'd/'.repeat(1000);
  for (const name of ['one', 'two']) mkdirSync(join(folder, name, half), { recursive: true });
  writeFileSync(join(folder, 'two', half, 'file'), '');
  renameSync(join(folder, 'two'), join(folder, 'one', half, 'two'));
  removeTree(join(folder, 'one'));
  expect(readdirSync(folder)).toEqual([]);
  removeTree(folder);
});
