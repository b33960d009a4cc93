// Builds with a cache: what is executed, what the root filesystem becomes, what is kept.
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { folderWith } from '../extend/support/folder.js';
import { makeRootfs, removeRootfs } from '../support/rootfs.js';
import { compareTrees, readTree } from '../support/tree.js';
import { runBuild } from './support/build.js';

let pristine: string;
beforeAll(() => {
  pristine = makeRootfs();
});
afterAll(() => removeRootfs(pristine));

let folder: string;
let cacheDir: string;
beforeEach(() => {
  folder = folderWith();
  cacheDir = join(folder, 'cache');
});

let copies = 0;
/** A fresh copy of the same root filesystem. */
function freshRootfs(): string {
  const rootfs = join(folder, `rootfs-${++copies}`);
  execFileSync('cp', ['-a', pristine, rootfs]);
  return rootfs;
}

const files = (directory: string) =>
  readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));

/** How many paths each layer of a build has. */
const filesOf = ({ events }: Awaited<ReturnType<typeof runBuild>>) =>
  events.flatMap((event) =>
    event.type === 'phase-finished' && event.phase === 'layer' ? [event.files] : [],
  );

describe('A build with a cache', () => {
  const text =
    'FROM base\nRUN echo $$ > /etc/made && rm /etc/group && ln /etc/made /etc/linked\nCOPY file /\n';

  it('puts the same bytes into another copy of the root filesystem and into the output', async () => {
    const build = { folder, text, files: { file: 'f' }, options: { cacheDir } };
    const [one, two] = [freshRootfs(), freshRootfs()];
    const first = await runBuild({ ...build, rootfs: one });
    const second = await runBuild({ ...build, rootfs: two });
    expect([first.executed, second.executed]).toEqual([[2, 3], []]);
    expect(compareTrees(readTree(two), readTree(one))).toEqual([]);
    expect(second.manifestDigest).toBe(first.manifestDigest);
    for (const file of files(first.output)) {
      expect(readFileSync(file.replace(first.output, second.output))).toEqual(readFileSync(file));
    }
  });

  it('misses where a root filesystem without a name is another, be it by a mode', async () => {
    const build = { folder, text, files: { file: 'f' }, options: { cacheDir } };
    await runBuild({ ...build, rootfs: freshRootfs() });
    const other = freshRootfs();
    execFileSync('chmod', ['700', join(other, 'etc')]);
    const { lookUps, executed } = await runBuild({ ...build, rootfs: other });
    expect(lookUps).toMatchObject([{ hit: false, reason: 'the base image differs' }]);
    expect(executed).toEqual([2, 3]);
  });

  it('executes what comes from the first use of build_id on, on top of what was cached', async () => {
    const split =
      'FROM base\nRUN echo $$ > /before\nARG build_id\nRUN cat /before > /after; echo $build_id >> /after\n';
    const build = (build_id: string) =>
      runBuild({
        folder,
        rootfs: freshRootfs(),
        text: split,
        options: { cacheDir, buildArgs: { build_id } },
      });
    const first = await build('1');
    const second = await build('2');
    expect([first.executed, second.executed]).toEqual([[2, 4], [4]]);
    expect(second.layers[0]).toMatchObject({ digest: first.layers[0]!.digest });
    expect(second.layers[1]!.digest).not.toBe(first.layers[1]!.digest);
    expect(second.said).toContain(
      `Cache miss for ${join(folder, 'context/Dockerfile')} after 1 layer: it uses build_id, which differs in every build.`,
    );
    expect(readdirSync(join(cacheDir, 'entries'))).toHaveLength(1);
  });

  it('caches each instruction with --layering instruction, and makes an exact layer after those', async () => {
    const build = (last: string, rootfs: string) => ({
      ...{ folder, rootfs, text: `FROM base\nRUN echo 1 > /one\nRUN true\nRUN cat /one > /two; ${last}\n` },
      options: { cacheDir, layering: 'instruction' as const },
    });
    await runBuild(build('true', freshRootfs()));
    const rootfs = freshRootfs();
    const { executed, lookUps, output } = await runBuild(build('rm /one', rootfs));
    expect(executed).toEqual([4]);
    expect(lookUps.map(({ hit }) => hit)).toEqual([true, true, false]);
    expect(existsSync(join(rootfs, 'one'))).toBe(false);
    const restored = freshRootfs();
    execFileSync('bin/dockerfile-extender', ['restore', '--layers', output, '--rootfs', restored]);
    expect(compareTrees(readTree(restored), readTree(rootfs))).toEqual([]);
  });

  it('hits for instructions that change nothing', async () => {
    const build = { folder, text: 'FROM base\nRUN true\n', options: { cacheDir } };
    await runBuild({ ...build, rootfs: freshRootfs() });
    const { executed, layers } = await runBuild({ ...build, rootfs: freshRootfs() });
    expect([executed, layers]).toEqual([[], []]);
  });

  it('keeps nothing of a RUN that fails', async () => {
    const build = { folder, text: 'FROM base\nRUN echo 1 > /one; exit 1\n', options: { cacheDir } };
    await expect(runBuild({ ...build, rootfs: freshRootfs() })).rejects.toThrow('exit code 1');
    expect(existsSync(join(cacheDir, 'entries'))).toBe(false);
  });

  it('keeps nothing where a source changes while it is copied', async () => {
    const context = join(folder, 'context');
    const rootfs = freshRootfs();
    const build = {
      folder,
      rootfs,
      text: 'FROM base\nRUN echo begun\nCOPY file /\n',
      files: { file: 'old' },
    };
    let changed = false;
    await runBuild({
      ...build,
      options: {
        cacheDir,
        onEvent: (event) => {
          if (event.type !== 'output' || changed) return;
          changed = true;
          writeFileSync(join(context, 'file'), 'new');
        },
      },
    });
    expect([changed, readFileSync(join(rootfs, 'file'), 'utf8')]).toEqual([true, 'new']);
    expect(existsSync(join(cacheDir, 'entries'))).toBe(false);
  });

  it('caches ADD from the network only by checksum', async () => {
    const { lookUps } = await runBuild({
      ...{ folder, rootfs: freshRootfs(), text: 'FROM base\nRUN true\n' },
      options: { cacheDir },
    });
    expect(lookUps).toMatchObject([{ hit: false }]);
    const remote = runBuild({
      ...{ folder, rootfs: freshRootfs(), text: 'FROM base\nADD http://127.0.0.1:1/x /\n' },
      options: { cacheDir, onEvent: (event) => seen.push(event) },
    });
    const seen: unknown[] = [];
    await expect(remote).rejects.toThrow('cannot be downloaded');
    expect(seen).toContainEqual(
      expect.objectContaining({ reason: 'ADD takes http://127.0.0.1:1/x without --checksum' }),
    );
  });

  it('executes again where the cache is damaged in any way, with a warning', async () => {
    const build = { folder, text: 'FROM base\nRUN echo 1 > /one\n', options: { cacheDir } };
    await runBuild({ ...build, rootfs: freshRootfs() });
    const sound = join(folder, 'sound');
    cpSync(cacheDir, sound, { recursive: true });
    for (const file of files(cacheDir).filter((name) => !name.includes('/places/'))) {
      for (const damage of ['flip', 'truncate', 'empty', 'append']) {
        rmSync(cacheDir, { recursive: true });
        cpSync(sound, cacheDir, { recursive: true });
        const bytes = readFileSync(file);
        const middle = Math.floor(bytes.length / 2);
        if (damage === 'flip') bytes[middle]! ^= 1;
        const extra = damage === 'append' ? Buffer.from('x') : Buffer.alloc(0);
        const kept = { truncate: middle, empty: 0 }[damage] ?? bytes.length;
        writeFileSync(file, Buffer.concat([bytes.subarray(0, kept), extra]));
        const again = await runBuild({ ...build, rootfs: freshRootfs() });
        expect([damage, again.executed]).toEqual([damage, [2]]);
        expect(again.warnings).toEqual([
          expect.stringMatching(/^The cache's entry sha256:.* is damaged\. It is discarded\.$/),
        ]);
        const mended = await runBuild({ ...build, rootfs: freshRootfs() });
        expect(mended.executed).toEqual([]);
      }
    }
  });

  it('builds without a cache that cannot be written, with one warning', async () => {
    writeFileSync(join(folder, 'file'), '');
    const cannot = join(folder, 'file/cache');
    const { executed, warnings } = await runBuild({
      ...{ folder, rootfs: freshRootfs(), text: 'FROM base\nRUN echo 1 > /one\nRUN echo 2 > /two\n' },
      options: { cacheDir: cannot, layering: 'instruction' },
    });
    expect(executed).toEqual([2, 3]);
    expect(warnings).toEqual([expect.stringMatching(/The build goes on without the cache in .*\.$/)]);
  });

  it('takes a cache inside the root filesystem for no part of it', async () => {
    const one = freshRootfs();
    const build = { folder, text: 'FROM base\nRUN echo 1 > /one\nRUN echo 2 > /two\n' };
    const inside = (rootfs: string) => ({
      cacheDir: join(rootfs, 'cache'),
      layering: 'instruction' as const,
    });
    const first = await runBuild({ ...build, rootfs: one, options: inside(one) });
    const without = await runBuild({ ...build, rootfs: freshRootfs(), options: { layering: 'instruction' } });
    expect(filesOf(first)).toEqual(filesOf(without));
  });

  it('lets a secret reach neither cache, layout nor log', async () => {
    const value = 'hunter2-hunter2-hunter2';
    const mounts = '--mount=type=secret,id=token,env=TOKEN --mount=type=secret,id=token,target=/token';
    const { output, said, events } = await runBuild({
      ...{
        folder,
        rootfs: freshRootfs(),
        text: `FROM base\nRUN ${mounts} test "$(cat /token)" = "$TOKEN" && echo 1 > /one\n`,
      },
      options: { cacheDir, compression: 'none', secrets: [{ id: 'token', value: Buffer.from(value) }] },
    });
    const everything = [...files(cacheDir), ...files(output)].map((file) => readFileSync(file, 'latin1'));
    expect(everything.length).toBeGreaterThan(6);
    const found = [...everything, said.join(), JSON.stringify(events)].filter((text) => text.includes(value));
    expect(found).toEqual([]);
    expect(statSync(cacheDir).mode & 0o077).toBe(0);
  });
});
