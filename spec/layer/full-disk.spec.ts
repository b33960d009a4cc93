import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { applyLayer } from '../../lib/layer/apply-layer.js';
import { writeLayer } from '../../lib/layer/write-layer.js';

let work: string;
beforeEach(() => {
  work = fs.mkdtempSync(join(tmpdir(), 'full-spec-'));
});
afterEach(() => fs.rmSync(work, { recursive: true, force: true }));

describe('a disk that fills while a layer is unpacked', () => {
  it('is reported with the entry at which it stopped', async () => {
    const [rootfs, small] = [join(work, 'rootfs'), join(work, 'small')];
    fs.mkdirSync(rootfs);
    fs.mkdirSync(small);
    for (const name of ['a', 'b', 'c']) fs.writeFileSync(join(rootfs, name), Buffer.alloc(700_000, name));
    const changes = ['/a', '/b', '/c'].map((path) => ({ path, kind: 'added' as const }));
    const layer = await writeLayer({ rootfs, changes, directory: work });
    // Where nothing can be mounted there is no disk to fill.
    if (spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', small]).status !== 0) return;
    try {
      await expect(applyLayer({ layer, rootfs: small })).rejects.toThrow(
        /half unpacked: it stopped at \/b, its entry 2, because the disk of .* is full/,
      );
    } finally {
      spawnSync('umount', [small]);
    }
  });
});
