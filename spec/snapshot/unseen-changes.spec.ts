import fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimes } from '../../lib/rootfs/syscalls.js';
import { diffSnapshots } from '../../lib/snapshot/diff-snapshots.js';
import { takeSnapshot } from '../../lib/snapshot/take-snapshot.js';

describe('a hundred files that hide their change', () => {
  it('are all found: same size, times set back, changed in the first tick after the scan', async () => {
    const rootfs = fs.mkdtempSync(join(tmpdir(), 'unseen-'));
    const names = Array.from({ length: 200 }, (_, index) => `f${String(index).padStart(3, '0')}`);
    for (const name of names) fs.writeFileSync(join(rootfs, name), 'before');
    let before = await takeSnapshot({ rootfs });
    for (let round = 0; round < 20; round++) {
      const changed = names.filter((_, index) => index % 2 === round % 2);
      for (const name of changed) {
        const file = join(rootfs, name);
        const { atimeNs, mtimeNs } = fs.statSync(file, { bigint: true });
        const fd = fs.openSync(file, 'r+');
        fs.writeSync(fd, String(round).padEnd(6, 'x'));
        fs.closeSync(fd);
        setTimes(file, atimeNs, mtimeNs);
      }
      const after = await takeSnapshot({ rootfs, since: before });
      const found = diffSnapshots({ before, after }).map(({ path, kind }) => `${kind} ${path}`);
      expect(found).toEqual(changed.map((name) => `modified /${name}`));
      before = after;
    }
    fs.rmSync(rootfs, { recursive: true });
  });
});
