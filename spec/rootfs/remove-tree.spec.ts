import { existsSync, mkdirSync, mkdtempSync, renameSync, writeFileSync } from 'node:fs';
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
