import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { applyLayer } from '../../lib/layer/apply-layer.js';
import { writeLayer } from '../../lib/layer/write-layer.js';
import { decodePath, encodePath } from '../../lib/rootfs/byte-path.js';
import { makeNode, setTimes, setXattr } from '../../lib/rootfs/syscalls.js';
import type { Change } from '../../lib/snapshot/change.js';
import { diffSnapshots } from '../../lib/snapshot/diff-snapshots.js';
import { takeSnapshot } from '../../lib/snapshot/take-snapshot.js';
import { compareTrees, readTree } from '../support/tree.js';

let work: string;
beforeEach(() => {
  work = fs.mkdtempSync(join(tmpdir(), 'layer-spec-'));
});
afterEach(() => fs.rmSync(work, { recursive: true, force: true }));

describe('a layer', () => {
  it.each(['gzip', 'none'] as const)(
    'carries everything that a file system knows (%s)',
    async (compression) => {
      const [before, after] = [join(work, 'before'), join(work, 'after')];
      for (const root of [before, after]) {
        fs.mkdirSync(join(root, 'kept/old'), { recursive: true });
        fs.writeFileSync(join(root, 'kept/old/gone'), 'x');
        fs.writeFileSync(join(root, 'kept/gone'), 'x');
        fs.writeFileSync(join(root, 'kept/swap'), 'x');
        fs.mkdirSync(join(root, 'swapped/deep'), { recursive: true });
        setTimes(join(root, 'kept'), 5n, 5n);
        setTimes(root, 7n, 7n);
      }
      const paths = [
        '/dir',
        '/dir/empty',
        `/dir/${'long/'.repeat(60)}name`,
        `/dir/${'n'.repeat(200)}`,
        decodePath(Buffer.from([0x2f, 0x64, 0x69, 0x72, 0x2f, 0xff, 0xfe])),
        '/dir/grüße',
        '/kept/swap',
        '/swapped',
      ];
      fs.rmSync(join(after, 'kept/swap'));
      fs.rmSync(join(after, 'swapped'), { recursive: true });
      fs.mkdirSync(join(after, 'dir/empty'), { recursive: true });
      fs.mkdirSync(join(after, 'kept/swap'));
      fs.symlinkSync('../../outside', join(after, 'swapped'));
      fs.mkdirSync(join(after, 'dir', 'long/'.repeat(60)), { recursive: true });
      for (const path of [...paths.slice(2, 6), '/dir/a-first', '/dir/big'])
        fs.writeFileSync(encodePath(after + path), path.repeat(path === '/dir/big' ? 400_000 : 1));
      fs.linkSync(join(after, 'dir/a-first'), join(after, 'kept/linked'));
      makeNode(join(after, 'dir/fifo'), fs.constants.S_IFIFO | 0o640, 0n);
      makeNode(join(after, 'dir/device'), fs.constants.S_IFCHR | 0o620, 0x12345n);
      setXattr(join(after, 'dir/a-first'), 'user.binary', Buffer.from([0, 255, 10, 128]));
      fs.chownSync(join(after, 'dir/a-first'), 3_000_000, 1_885_580_785);
      fs.chmodSync(join(after, 'dir/a-first'), 0o6755);
      fs.rmSync(join(after, 'kept/old'), { recursive: true });
      fs.rmSync(join(after, 'kept/gone'));
      setTimes(join(after, 'dir/big'), 0n, -1_500_000_001n);
      setTimes(join(after, 'dir/fifo'), 0n, 9_999_999_999_123_456_789n);
      const changes: Change[] = [
        ...[...paths, '/dir/a-first', '/dir/big', '/kept/linked', '/dir/fifo', '/dir/device', '/'].map(
          (path): Change => ({ path, kind: 'added' }),
        ),
        { path: '/kept/old', kind: 'deleted' },
        { path: '/kept/gone', kind: 'deleted' },
      ];
      const layer = await writeLayer({ rootfs: after, changes, directory: work, compression });
      expect(fs.statSync(layer.file).size).toBe(layer.size);
      await applyLayer({ layer, rootfs: before });
      expect(compareTrees(readTree(before), readTree(after))).toEqual([]);
    },
  );

  it('reaches as deep as a path can', async () => {
    const [before, after] = [join(work, 'before'), join(work, 'after')];
    for (const root of [before, after]) fs.mkdirSync(root);
    const snapshot = await takeSnapshot({ rootfs: after });
    for (let file = after; file.length < 4060; file += `/${'d'.repeat(9)}`) {
      fs.mkdirSync(file, { recursive: true });
      fs.writeFileSync(`${file}/f`, 'x');
    }
    const changes = diffSnapshots({
      before: snapshot,
      after: await takeSnapshot({ rootfs: after, since: snapshot }),
    });
    const layer = await writeLayer({ rootfs: after, changes, directory: work, compression: 'none' });
    await applyLayer({ layer, rootfs: before });
    const differences = compareTrees(readTree(before), readTree(after));
    // Node's own recursive removal ends its stack at this depth.
    execFileSync('rm', ['-r', before, after]);
    expect(differences).toEqual([]);
  });
});
