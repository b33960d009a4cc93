import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentLogger } from '../../lib/report/logger.js';
import { setTimes, setXattr } from '../../lib/rootfs/syscalls.js';
import { diffSnapshots } from '../../lib/snapshot/diff-snapshots.js';
import { tableOfMap } from '../../lib/snapshot/directory-table.js';
import { firstScan } from '../../lib/snapshot/first-scan.js';
import { closeScanThreads } from '../../lib/snapshot/scan-threads.js';
import type { Evidence, Snapshot } from '../../lib/snapshot/snapshot.js';
import { takeSnapshot } from '../../lib/snapshot/take-snapshot.js';

let root: string;
beforeEach(() => {
  root = fs.mkdtempSync(join(fs.realpathSync(tmpdir()), 'snapshot-spec-'));
  for (const path of ['a/sub', 'b/sub']) fs.mkdirSync(join(root, path), { recursive: true });
  for (const path of ['a/file', 'a/sub/file', 'b/file', 'b/sub/file', 'top'])
    fs.writeFileSync(join(root, path), path);
});
afterEach(async () => {
  fs.rmSync(root, { recursive: true, force: true });
  await closeScanThreads();
});

async function changesSince(before: Snapshot): Promise<string[]> {
  const after = await takeSnapshot({ rootfs: root, since: before });
  return diffSnapshots({ before, after }).map(({ kind, path }) => `${kind} ${path}`);
}

/** A first snapshot whose files are all marked, as where ctime alone does not tell. */
async function markedSnapshot(evidence: Evidence, stamp: number): Promise<Snapshot> {
  const snapshot = await takeSnapshot({ rootfs: root });
  const { directories } = await firstScan(
    { root, leftOut: [], evidence, stamp, marking: true },
    { threads: 1, warn: silentLogger.warn, signal: undefined },
  );
  return { ...snapshot, evidence, directories, moment: { ...snapshot.moment, stamp } };
}

describe('takeSnapshot', () => {
  it('sees a directory moved over one with the same names in it', async () => {
    const before = await takeSnapshot({ rootfs: root });
    fs.rmSync(join(root, 'b'), { recursive: true });
    fs.renameSync(join(root, 'a'), join(root, 'b'));
    expect(await changesSince(before)).toEqual([
      'modified /',
      'deleted /a',
      'modified /b',
      'modified /b/file',
      'modified /b/sub',
      'modified /b/sub/file',
    ]);
  });

  it('does not follow a link that took the place of a directory', async () => {
    const before = await takeSnapshot({ rootfs: root });
    fs.renameSync(join(root, 'a'), join(root, 'c'));
    fs.symlinkSync('c', join(root, 'a'));
    fs.writeFileSync(join(root, 'c/sub/file'), 'changed');
    fs.writeFileSync(join(root, 'c/sub/new'), 'new');
    expect(await changesSince(before)).toEqual([
      'modified /',
      'modified /a',
      'added /c',
      'added /c/file',
      'added /c/sub',
      'added /c/sub/file',
      'added /c/sub/new',
    ]);
  });

  it('takes no directory for another because the file system numbered it anew', async () => {
    const before = await takeSnapshot({ rootfs: root });
    const known = new Map(before.directories.byPath());
    for (const path of ['/a', '/a/sub']) known.set(path, { ...known.get(path)!, identity: 'other' });
    const directories = tableOfMap(known);
    fs.writeFileSync(join(root, 'a/sub/file'), 'changed');
    expect(await changesSince({ ...before, directories })).toEqual(['modified /a/sub/file']);
  });

  it('leaves out a directory that we ourselves touched, unless it was changed as well', async () => {
    const before = await takeSnapshot({ rootfs: root });
    const touch = (path: string) => {
      const { mode, uid, gid, mtimeNs, atimeNs, ctimeNs } = fs.lstatSync(join(root, path), { bigint: true });
      fs.mkdirSync(join(root, path, 'mount-point'));
      fs.rmdirSync(join(root, path, 'mount-point'));
      setTimes(join(root, path), atimeNs, mtimeNs);
      return [
        `/${path}`,
        {
          mode: Number(mode),
          uid: Number(uid),
          gid: Number(gid),
          modified: mtimeNs,
          stamp: Number(ctimeNs) / 1e6,
          xattrs: '',
        },
      ] as const;
    };
    fs.chmodSync(join(root, 'a/sub'), 0o700);
    const touched = new Map([touch('a'), touch('a/sub'), touch('b')]);
    fs.chmodSync(join(root, 'b'), 0o700);
    const after = await takeSnapshot({ rootfs: root, since: before });
    expect(diffSnapshots({ before, after, touched })).toEqual([
      { path: '/a/sub', kind: 'modified' },
      { path: '/b', kind: 'modified' },
    ]);
  });

  it('does not take files from the future for changed', async () => {
    const before = await markedSnapshot('ctime', Date.now() - 3_600_000);
    fs.writeFileSync(join(root, 'a/file'), 'changed');
    expect(await changesSince(before)).toEqual(['modified /a/file']);
  });

  it('compares content and metadata where ctime cannot be trusted', async () => {
    const before = await markedSnapshot('content', Date.now() + 3_600_000);
    const { atimeNs, mtimeNs } = fs.lstatSync(join(root, 'a/file'), { bigint: true });
    fs.writeFileSync(join(root, 'a/file'), 'A/FILE');
    setTimes(join(root, 'a/file'), atimeNs, mtimeNs);
    fs.chmodSync(join(root, 'top'), fs.statSync(join(root, 'top')).mode);
    setXattr(join(root, 'b/file'), 'user.note', Buffer.from('x'));
    fs.chmodSync(join(root, 'b/sub'), 0o700);
    fs.rmSync(join(root, 'a/sub/file'));
    const after = await takeSnapshot({ rootfs: root, since: before });
    expect(diffSnapshots({ before, after }).map(({ kind, path }) => `${kind} ${path}`)).toEqual([
      'modified /a/file',
      'modified /a/sub',
      'deleted /a/sub/file',
      'modified /b/file',
      'modified /b/sub',
    ]);
    fs.mkdirSync(join(root, 'n'));
    fs.symlinkSync('x', join(root, 'n/link'));
    const later = await takeSnapshot({ rootfs: root, since: after });
    fs.unlinkSync(join(root, 'n/link'));
    fs.symlinkSync('y', join(root, 'n/link'));
    expect(diffSnapshots({ before: after, after: later }).map(({ path }) => path)).toEqual([
      '/',
      '/n',
      '/n/link',
    ]);
    expect(await changesSince(later)).toEqual(['modified /n', 'modified /n/link']);
  });

  it('refuses to compare when the clock was set back, or the snapshots do not belong together', async () => {
    const before = await takeSnapshot({ rootfs: root });
    const { stamp, clockOffset } = before.moment;
    const ahead = { ...before, moment: { stamp, clockOffset: clockOffset + 3_200_000_000n } };
    await expect(takeSnapshot({ rootfs: root, since: ahead })).rejects.toThrow(
      /clock was set back by 3\.2\d\d s/,
    );
    const other = await takeSnapshot({ rootfs: root });
    expect(() => diffSnapshots({ before, after: other })).toThrow(/as `since`/);
  });

  it('shares huge directories and many among threads', async () => {
    fs.mkdirSync(join(root, 'huge'));
    // What makes a directory huge is the length of its names together.
    const long = 'x'.repeat(100);
    for (let file = 0; file < 3000; file++) fs.writeFileSync(join(root, 'huge', `file-${file}${long}`), '');
    for (let at = 0; at < 200; at++) {
      fs.mkdirSync(join(root, `many/${at}/deep`), { recursive: true });
      for (let file = 0; file < 60; file++) fs.writeFileSync(join(root, `many/${at}/deep/${file}`), '');
    }
    const before = await takeSnapshot({ rootfs: root, threads: 3 });
    expect(await changesSince(before)).toEqual([]);
    fs.writeFileSync(join(root, `huge/file-2999${long}`), 'changed');
    fs.writeFileSync(join(root, 'many/199/deep/7'), 'changed');
    const after = await takeSnapshot({ rootfs: root, since: before, threads: 3 });
    expect(diffSnapshots({ before, after }).map(({ path }) => path)).toEqual([
      `/huge/file-2999${long}`,
      '/many/199/deep/7',
    ]);
    fs.writeFileSync(join(root, 'huge/new'), '');
    fs.writeFileSync(join(root, `huge/file-3${long}`), 'changed');
    expect(await changesSince(after)).toEqual([
      'modified /huge',
      `modified /huge/file-3${long}`,
      'added /huge/new',
    ]);
  });

  it('stops when it is told to, and says what is wrong with the rootfs', async () => {
    await expect(takeSnapshot({ rootfs: root, signal: AbortSignal.abort() })).rejects.toThrow(/abort/);
    await expect(takeSnapshot({ rootfs: join(root, 'none') })).rejects.toThrow(/ENOENT/);
  });

  it('leaves no thread behind that keeps the process from its end', () => {
    const script = `import { takeSnapshot } from ${JSON.stringify(new URL('../../dist/snapshot/take-snapshot.js', import.meta.url).href)};
      const { directories } = await takeSnapshot({ rootfs: '/usr/lib', threads: 2 });
      console.log(directories.byPath().size > 0);`;
    const output = execFileSync(process.execPath, ['--input-type=module', '-e', script], {
      timeout: 120_000,
    });
    expect(output.toString()).toBe('true\n');
  });

  it('warns of what it may not read', async () => {
    fs.chmodSync(join(root, 'a'), 0);
    const warnings: string[] = [];
    const logger = { ...silentLogger, warn: (message: string) => warnings.push(message) };
    const isRoot = process.geteuid?.() === 0;
    fs.chmodSync(root, 0o755);
    if (isRoot) process.seteuid!(65534);
    try {
      const before = await takeSnapshot({ rootfs: root, threads: 1, logger });
      const after = await takeSnapshot({ rootfs: root, since: before, threads: 1, logger });
      expect(diffSnapshots({ before, after })).toEqual([]);
    } finally {
      if (isRoot) process.seteuid!(0);
      fs.chmodSync(join(root, 'a'), 0o755);
    }
    expect(warnings[0]).toMatch(/\/a cannot be read \(EACCES\)/);
  });
});
