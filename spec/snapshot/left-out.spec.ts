import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { diffSnapshots } from '../../lib/snapshot/diff-snapshots.js';
import { namesLeftOut, pathsLeftOut } from '../../lib/snapshot/left-out.js';
import { takeSnapshot } from '../../lib/snapshot/take-snapshot.js';

let root: string;
beforeEach(() => {
  root = fs.mkdtempSync(join(fs.realpathSync(tmpdir()), 'left-out-spec-'));
  for (const path of ['var/run/lock', 'var/runner', 'var/www', 'etc'])
    fs.mkdirSync(join(root, path), { recursive: true });
  for (const path of ['var/run/pid', 'var/runner/job', 'var/www/page', 'etc/hosts'])
    fs.writeFileSync(join(root, path), path);
});
afterEach(() => fs.rmSync(root, { recursive: true, force: true }));

/** The changes by `act`, as `kind path`. */
async function changesBy(act: () => void, ignore: string[] = []): Promise<string[]> {
  const before = await takeSnapshot({ rootfs: root, ignore });
  act();
  const after = await takeSnapshot({ rootfs: root, ignore, since: before });
  return diffSnapshots({ before, after }).map(({ kind, path }) => `${kind} ${path}`);
}

describe('what a snapshot leaves out', () => {
  it('is an ignored path and what is below it, not what only looks like it', async () => {
    const changes = await changesBy(() => {
      for (const path of ['var/run/pid', 'var/run/lock/new', 'var/runner/job', 'var/run-not'])
        fs.writeFileSync(join(root, path), 'changed');
    }, ['/var/run/']);
    expect(changes).toEqual(['modified /var', 'added /var/run-not', 'modified /var/runner/job']);
  });

  it('is never deleted, with the directories above it', async () => {
    const changes = await changesBy(
      () => fs.rmSync(join(root, 'var'), { recursive: true }),
      ['var/run/lock'],
    );
    expect(changes).toEqual([
      'modified /',
      'deleted /var/run/pid',
      'deleted /var/runner',
      'deleted /var/www',
    ]);
  });

  it('hinders no deletion where it does not exist', async () => {
    const changes = await changesBy(() => fs.rmSync(join(root, 'var'), { recursive: true }), ['/var/none']);
    expect(changes).toEqual(['modified /', 'deleted /var']);
  });

  it('is not added where it comes to be', async () => {
    const changes = await changesBy(() => fs.mkdirSync(join(root, 'etc/new')), ['/etc/new']);
    expect(changes).toEqual(['modified /etc']);
  });

  it('is the running system below `/`, mounted or not', () => {
    expect(pathsLeftOut('/', []).paths).toEqual(expect.arrayContaining(['/proc', '/sys', '/dev']));
    expect(pathsLeftOut(root, []).paths).toEqual([]);
  });

  it('stays left out after a mount is gone', () => {
    const earlier = { paths: ['/mnt'], kept: new Set<string>() };
    expect(pathsLeftOut(root, ['/a/../b'], earlier).paths).toEqual(['/mnt', '/b']);
  });

  it('is known by name in each directory', () => {
    expect(namesLeftOut(['/a', '/b/c', '/b/d'])).toEqual(
      new Map([
        ['/', new Set(['a'])],
        ['/b', new Set(['c', 'd'])],
      ]),
    );
  });

  it('is a mount point, of the same device or of one file, where we may mount', async () => {
    const bind = (from: string, to: string) =>
      spawnSync('mount', ['--bind', join(root, from), join(root, to)]).status === 0;
    const mounted = bind('var/www', 'var/runner') && bind('var/www/page', 'etc/hosts');
    if (!mounted) return;
    try {
      const changes = await changesBy(() => {
        fs.writeFileSync(join(root, 'var/runner/page'), 'through the directory');
        fs.writeFileSync(join(root, 'etc/hosts'), 'through the file');
        fs.writeFileSync(join(root, 'etc/passwd'), 'beside it');
      });
      expect(changes).toEqual(['modified /etc', 'added /etc/passwd', 'modified /var/www/page']);
    } finally {
      spawnSync('umount', [join(root, 'var/runner')]);
      spawnSync('umount', [join(root, 'etc/hosts')]);
    }
  });
});
