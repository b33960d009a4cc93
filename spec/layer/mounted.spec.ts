import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { applyLayer } from '../../lib/layer/apply-layer.js';
import { writeLayer } from '../../lib/layer/write-layer.js';
import type { Change } from '../../lib/snapshot/change.js';

let work: string;
beforeEach(() => {
  work = fs.mkdtempSync(join(tmpdir(), 'mounted-spec-'));
});
afterEach(() => fs.rmSync(work, { recursive: true, force: true }));

describe('a layer unpacked where something is mounted', () => {
  it('leaves what is mounted alone, and takes away what lies around it', async () => {
    const [source, rootfs] = [join(work, 'source'), join(work, 'rootfs')];
    for (const folder of ['volume/new/deep', 'other'])
      fs.mkdirSync(join(source, folder), { recursive: true });
    for (const file of ['volume/new/deep/file', 'volume/kept', 'other/file'])
      fs.writeFileSync(join(source, file), 'of the layer');
    const added = ['/other', '/other/file', '/volume', '/volume/kept', '/volume/new', '/volume/new/deep'];
    const changes: Change[] = [
      ...['/above', '/hosts', '/volume/old'].map((path): Change => ({ path, kind: 'deleted' })),
      ...[...added, '/volume/new/deep/file'].map((path): Change => ({ path, kind: 'added' })),
    ];
    const layer = await writeLayer({ rootfs: source, changes, directory: work });

    for (const folder of ['above/inner/volume', 'volume'])
      fs.mkdirSync(join(rootfs, folder), { recursive: true });
    for (const file of ['above/file', 'hosts']) fs.writeFileSync(join(rootfs, file), 'base');
    fs.writeFileSync(join(work, 'hosts'), 'mounted');
    const volumes = ['above/inner/volume', 'volume'].map((path) => join(rootfs, path));
    const mounted = [
      ...volumes.map((path) => spawnSync('mount', ['-t', 'tmpfs', 'tmpfs', path])),
      spawnSync('mount', ['--bind', join(work, 'hosts'), join(rootfs, 'hosts')]),
    ];
    // Where nothing can be mounted there is nothing to leave alone.
    if (mounted.some(({ status }) => status !== 0)) return;
    const warnings: string[] = [];
    const none = () => {};
    const logger = {
      debug: none,
      info: none,
      error: none,
      warn: (message: string) => warnings.push(message),
    };
    try {
      for (const volume of volumes)
        for (const name of ['kept', 'old']) fs.writeFileSync(join(volume, name), 'mine');
      await applyLayer({ layer, rootfs, logger });
      const names = (path: string) => fs.readdirSync(join(rootfs, path)).sort();
      for (const volume of volumes) {
        expect(fs.readdirSync(volume).sort()).toEqual(['kept', 'old']);
        expect(fs.readFileSync(join(volume, 'kept'), 'utf8')).toBe('mine');
      }
      expect(names('above')).toEqual(['inner']);
      expect(fs.readFileSync(join(rootfs, 'hosts'), 'utf8')).toBe('mounted');
      expect(fs.readFileSync(join(rootfs, 'other/file'), 'utf8')).toBe('of the layer');
      expect(warnings.sort()).toEqual(
        ['hosts', 'volume'].map(
          (path) => `${join(rootfs, path)} is a mount point: what the layer has there is left out.`,
        ),
      );
    } finally {
      spawnSync('umount', [...volumes, join(rootfs, 'hosts')]);
    }
  });
});
