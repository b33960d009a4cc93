import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { encodePath, pathBytes } from '../../lib/rootfs/byte-path.js';
import type { Change } from '../../lib/snapshot/change.js';
import { diffSnapshots } from '../../lib/snapshot/diff-snapshots.js';
import { takeSnapshot } from '../../lib/snapshot/take-snapshot.js';
import { arbitraryOperation, operate, seed } from '../support/file-operations.js';
import { compareTrees, readTree, type Tree } from '../support/tree.js';

let work: string;
beforeEach(() => {
  work = fs.mkdtempSync(join(tmpdir(), 'diff-spec-'));
});
afterEach(() => fs.rmSync(work, { recursive: true, force: true }));

/** A tree as the oracle sees it: with the inode of each path, and when it was last touched. */
function observe(root: string): { tree: Tree; inodes: Map<string, string> } {
  const tree = readTree(root);
  const inodes = new Map<string, string>();
  for (const path of tree.keys()) {
    const { dev, ino, ctimeNs } = fs.lstatSync(encodePath(root + path), { bigint: true });
    inodes.set(path, `${dev}:${ino} at ${ctimeNs}`);
  }
  return { tree, inodes };
}

/** What a diff must say: each path that came, went, has another or a touched inode, or one that got a new name. */
function expectedChanges(before: ReturnType<typeof observe>, after: ReturnType<typeof observe>): Change[] {
  const changes: Change[] = [];
  const renamed = new Set<string>();
  for (const [path, inode] of after.inodes)
    if (before.inodes.get(path) !== inode && after.tree.get(path)?.type !== 'directory') renamed.add(inode);
  for (const [path, inode] of after.inodes)
    if (!before.inodes.has(path)) changes.push({ path, kind: 'added' });
    else if (before.inodes.get(path) !== inode || renamed.has(inode))
      changes.push({ path, kind: 'modified' });
  for (const path of before.inodes.keys())
    if (!after.inodes.has(path) && after.tree.get(dirname(path))?.type === 'directory')
      changes.push({ path, kind: 'deleted' });
  return changes.sort((a, b) => Buffer.compare(pathBytes(a.path), pathBytes(b.path)));
}

async function checkSequences(sequences: Parameters<typeof operate>[1][], root: string): Promise<void> {
  let snapshot = await takeSnapshot({ rootfs: root });
  let seen = observe(root);
  for (const sequence of sequences) {
    operate(root, sequence);
    const now = observe(root);
    const after = await takeSnapshot({ rootfs: root, since: snapshot });
    const changes = diffSnapshots({ before: snapshot, after });
    expect(changes).toEqual(expectedChanges(seen, now));
    const found = new Set(changes.map(({ path }) => path));
    const before = withoutLinks(seen.tree, found);
    for (const [path, node] of now.tree) {
      const was = before.get(path);
      if (was && !found.has(path))
        expect(compareTrees(new Map([[path, node]]), new Map([[path, was]]))).toEqual([]);
    }
    snapshot = after;
    seen = now;
  }
}

/**
 * The tree without the links to names that changed. An overlay takes apart the names of a file of its lower layer when
 * it is written to under one: under the others it is what it was, and a layer with the one name makes the same tree.
 */
function withoutLinks(tree: Tree, changed: ReadonlySet<string>): Tree {
  const left = [...tree].map(([path, { links, ...node }]): [string, typeof node & { links?: string[] }] => {
    const kept = links?.filter((name) => !changed.has(name)) ?? [];
    return [path, kept.length > 1 ? { ...node, links: kept } : node];
  });
  return new Map(left);
}

const linkedInLower: Parameters<typeof operate>[1] = [
  { name: 'replaceBySymlink', path: '/b', other: '/c', number: 0 },
  { name: 'link', path: '/b/a', other: '/a/c', number: 0 },
];
const writeToOne: (typeof linkedInLower)[number] = { name: 'write', path: '/b/a', other: '/a', number: 0 };

const someOperations = fc.array(arbitraryOperation, { maxLength: 12 });
const sequences = fc.array(fc.array(arbitraryOperation, { minLength: 1, maxLength: 8 }), {
  minLength: 1,
  maxLength: 3,
});

describe('diffSnapshots', () => {
  it('finds every name of a hard-linked file that came along with a moved directory', async () => {
    const root = join(work, 'root');
    fs.mkdirSync(join(root, 'moved'), { recursive: true });
    for (const name of ['a', 'alone']) fs.writeFileSync(join(root, name), name);
    fs.linkSync(join(root, 'a'), join(root, 'b'));
    fs.linkSync(join(root, 'a'), join(root, 'moved/c'));
    fs.linkSync(join(root, 'alone'), join(root, 'pair'));
    const before = await takeSnapshot({ rootfs: root });
    fs.renameSync(join(root, 'moved'), join(root, 'new'));
    const after = await takeSnapshot({ rootfs: root, since: before });
    expect(diffSnapshots({ before, after }).map(({ path, kind }) => `${kind} ${path}`)).toEqual([
      'modified /',
      'modified /a',
      'modified /b',
      'deleted /moved',
      'added /new',
      'added /new/c',
    ]);
  });

  it('finds exactly what any sequence of file operations changed', async () => {
    await fc.assert(
      fc.asyncProperty(someOperations, sequences, async (setup, changes) => {
        const root = fs.mkdtempSync(join(work, 'root-'));
        operate(root, [...seed, ...setup]);
        await checkSequences(changes, root);
      }),
      { numRuns: 120 },
    );
  });

  it('finds it on an overlay as well, where we may mount one', async () => {
    await fc.assert(
      fc.asyncProperty(someOperations, sequences, async (setup, changes) => {
        const folder = fs.mkdtempSync(join(work, 'overlay-'));
        const [lower, upper, scratch, root] = ['lower', 'upper', 'scratch', 'root'].map((name) => {
          fs.mkdirSync(join(folder, name));
          return join(folder, name);
        }) as [string, string, string, string];
        operate(lower, [...seed, ...setup]);
        const layers = `lowerdir=${lower},upperdir=${upper},workdir=${scratch}`;
        if (spawnSync('mount', ['-t', 'overlay', 'overlay', '-o', layers, root]).status !== 0) return;
        try {
          await checkSequences(changes, root);
        } finally {
          spawnSync('umount', [root]);
        }
      }),
      { numRuns: 60, examples: [[linkedInLower, [[writeToOne]]]] },
    );
  });
});
