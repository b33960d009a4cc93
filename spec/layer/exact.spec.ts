// Law 1: base + layers = the root filesystem after.
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { applyLayer } from '../../lib/layer/apply-layer.js';
import { writeLayer } from '../../lib/layer/write-layer.js';
import { diffSnapshots } from '../../lib/snapshot/diff-snapshots.js';
import { takeSnapshot } from '../../lib/snapshot/take-snapshot.js';
import { arbitraryOperation, operate, seed } from '../support/file-operations.js';
import { compareTrees, readTree } from '../support/tree.js';

let work: string;
beforeEach(() => {
  work = fs.mkdtempSync(join(tmpdir(), 'exact-spec-'));
});
afterEach(() => fs.rmSync(work, { recursive: true, force: true }));

/** Any operation, but none on a name that a layer cannot hold. */
const operation = arbitraryOperation.map((one) => ({
  ...one,
  path: one.path.replaceAll('.wh.', '.w.'),
  other: one.other.replaceAll('.wh.', '.w.'),
}));

describe('a base and its layers', () => {
  it('are the root filesystem after, whatever happened to it', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(operation, { maxLength: 12 }),
        fc.array(fc.array(operation, { minLength: 1, maxLength: 10 }), { minLength: 4, maxLength: 4 }),
        async (setup, sequences) => {
          const directory = fs.mkdtempSync(join(work, 'run-'));
          const [root, base] = [join(directory, 'root'), join(directory, 'base')];
          fs.mkdirSync(root);
          operate(root, [...seed, ...setup]);
          execFileSync('cp', ['-a', root, base]);
          let before = await takeSnapshot({ rootfs: root });
          for (const sequence of sequences) {
            operate(root, sequence);
            const after = await takeSnapshot({ rootfs: root, since: before });
            const changes = diffSnapshots({ before, after });
            if (changes.length > 0) {
              const layer = await writeLayer({ rootfs: root, changes, directory, compression: 'none' });
              await applyLayer({ layer, rootfs: base });
            }
            expect(compareTrees(readTree(base), readTree(root))).toEqual([]);
            before = after;
          }
          fs.rmSync(directory, { recursive: true });
        },
      ),
      // To shrink takes longer than a spec may; the seed that is printed is enough to start from.
      { numRuns: 50, endOnFailure: true },
    );
  });
});
