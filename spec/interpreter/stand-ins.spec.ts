import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { openLauncher } from '../../lib/interpreter/launcher.js';
import { executeRun } from '../../lib/interpreter/run.js';
import { diffSnapshots } from '../../lib/snapshot/diff-snapshots.js';
import { withoutRestored } from '../../lib/snapshot/restored.js';
import { takeSnapshot } from '../../lib/snapshot/take-snapshot.js';
import { makeRootfs, removeRootfs } from '../support/rootfs.js';
import { run } from '../support/run.js';
import { makeSession } from '../support/session.js';

describe('stand-ins for mounts', () => {
  it('leave nothing to a layer, on an overlay that cannot rename directories either', async () => {
    const lower = makeRootfs();
    const folder = dirname(lower);
    mkdirSync(join(lower, 'var/cache/deep/er'), { recursive: true });
    writeFileSync(join(lower, 'var/cache/deep/file'), 'lower');
    writeFileSync(join(lower, 'etc/conf'), 'conf');
    writeFileSync(join(lower, 'etc/other'), 'as it was');
    mkdirSync(join(lower, 'srv'));
    for (const name of ['upper', 'overlay-work', 'merged']) mkdirSync(join(folder, name));
    const rootfs = join(folder, 'merged');
    const layers = `lowerdir=${lower},upperdir=${folder}/upper,workdir=${folder}/overlay-work`;
    try {
      execFileSync('mount', ['-t', 'overlay', 'overlay', '-o', layers, rootfs], { stdio: 'pipe' });
    } catch {
      // Where this machine may not mount overlays, a plain directory is held to the same.
      execFileSync('cp', ['-a', `${lower}/.`, rootfs]);
    }
    const launcher = { ...openLauncher(), canMount: async () => false };
    const session = makeSession(rootfs, { launcher });
    try {
      const before = await takeSnapshot({ rootfs });
      const mounts = [
        'type=cache,target=/var/cache',
        'type=tmpfs,target=/etc/conf/../conf.d',
        'target=/etc/conf',
      ];
      await executeRun({ instruction: run('touch /var/cache/new /made', { mounts }), session });
      await executeRun({ instruction: run('ls /var/cache', { mounts }), session });
      expect(session.output()).toBe('new\n');
      // What an instruction changed before it was first covered is a change all the same.
      await executeRun({ instruction: run('echo changed > /etc/other; chmod 700 /srv'), session });
      const later = ['target=/etc/other', 'type=tmpfs,target=/srv/below'];
      for (const _ of ['once', 'twice'])
        await executeRun({ instruction: run('true', { mounts: later }), session });
      const after = await takeSnapshot({ rootfs, since: before });
      const changes = diffSnapshots({ before, after, touched: session.touched });
      expect(
        withoutRestored({ changes, restored: session.restored, rootfs, stamp: before.moment.stamp }),
      ).toEqual([
        { path: '/', kind: 'modified' },
        { path: '/etc/other', kind: 'modified' },
        { path: '/made', kind: 'added' },
        { path: '/srv', kind: 'modified' },
      ]);
    } finally {
      await launcher.close();
      try {
        execFileSync('umount', [rootfs], { stdio: 'pipe' });
      } catch {
        // It was a plain directory.
      }
      removeRootfs(lower);
    }
  });
});
