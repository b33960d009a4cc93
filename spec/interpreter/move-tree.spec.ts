import fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { moveTree } from '../../lib/interpreter/move-tree.js';
import { setXattr } from '../../lib/rootfs/syscalls.js';
import { compareTrees, readTree } from '../support/tree.js';

it('a tree moved to another file system keeps everything, capabilities too', async () => {
  const [here, there] = [tmpdir(), '/dev/shm'].map((folder) => fs.mkdtempSync(join(folder, 'move-spec-')));
  try {
    const from = join(here!, 'tree');
    fs.mkdirSync(join(from, 'folder'), { recursive: true });
    const file = join(from, 'folder/ping');
    fs.writeFileSync(file, 'content');
    fs.chownSync(file, 12, 34);
    fs.chmodSync(file, 0o4751);
    setXattr(file, 'security.capability', Buffer.from('0100000200200000000000000000000000000000', 'hex'));
    const before = readTree(from);
    await moveTree({ from, to: join(there!, 'tree') });
    expect(compareTrees(readTree(join(there!, 'tree')), before)).toEqual([]);
    expect(fs.existsSync(from)).toBe(false);
  } finally {
    for (const folder of [here!, there!]) fs.rmSync(folder, { recursive: true });
  }
});
