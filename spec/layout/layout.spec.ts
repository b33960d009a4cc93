import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { ImageConfig } from '../../lib/image/config.js';
import { digestOf } from '../../lib/image/digest.js';
import { type Descriptor, type Index, mediaTypes } from '../../lib/image/manifest.js';
import type { Layer } from '../../lib/layer/layer.js';
import { writeLayer } from '../../lib/layer/write-layer.js';
import { inspectLayout } from '../../lib/layout/inspect-layout.js';
import { openLayout } from '../../lib/layout/open-layout.js';
import { renderInspection } from '../../lib/layout/render-inspection.js';
import { restoreLayers } from '../../lib/layout/restore-layers.js';
import { writeLayout } from '../../lib/layout/write-layout.js';
import { makeNode } from '../../lib/rootfs/syscalls.js';
import type { Change } from '../../lib/snapshot/change.js';
import { compareTrees, readTree } from '../support/tree.js';

let work: string;
let root: string;
let directory: string;
beforeEach(() => {
  work = fs.mkdtempSync(join(tmpdir(), 'layout-spec-'));
  root = join(work, 'root');
  directory = join(work, 'new/layout');
  fs.mkdirSync(join(root, 'etc'), { recursive: true });
});
afterEach(() => fs.rmSync(work, { recursive: true, force: true }));

async function layerWith(files: Record<string, string>, deleted: string[] = []): Promise<Layer> {
  for (const [path, content] of Object.entries(files)) fs.writeFileSync(root + path, content);
  const changes: Change[] = [
    ...Object.keys(files).map((path): Change => ({ path, kind: 'added' })),
    ...deleted.map((path): Change => ({ path, kind: 'deleted' })),
  ];
  return writeLayer({ rootfs: root, changes, directory: work });
}

function imageOf(layers: (Layer | (Descriptor & { diffID: string }))[]): ImageConfig {
  const diffIDs = layers.map(({ diffID }) => diffID);
  return {
    architecture: 'amd64',
    os: 'linux',
    rootfs: { type: 'layers', diff_ids: diffIDs },
    history: layers.map((_, index) => ({ created_by: `RUN ${index}` })),
  };
}

const write = (layers: Layer[], to = directory) =>
  writeLayout({ directory: to, config: imageOf(layers), layers });
const blobsOf = (layout: string) => fs.readdirSync(join(layout, 'blobs/sha256')).sort();

describe('a layout whose files are pipes and devices', () => {
  it.each(['index.json', 'layer'])('is refused and not waited for: %s', async (name) => {
    const layer = await layerWith({ '/etc/a': 'a' });
    write([layer]);
    const file = name === 'layer' ? `blobs/sha256/${layer.digest.slice(7)}` : name;
    fs.rmSync(join(directory, file));
    makeNode(join(directory, file), fs.constants.S_IFIFO | 0o600, 0n);
    expect(() => openLayout({ directory })).toThrow('is not a regular file');
    fs.rmSync(join(directory, file));
    fs.symlinkSync('/dev/zero', join(directory, file));
    expect(() => openLayout({ directory })).toThrow('is not a regular file');
  });
});

describe('writeLayout', () => {
  it('writes an image that openLayout reads back', async () => {
    const layer = await layerWith({ '/etc/a': 'a' });
    const { manifestDigest } = write([layer]);
    const layout = openLayout({ directory });
    expect(layout.descriptor.digest).toBe(manifestDigest);
    expect(layout.config).toEqual(imageOf([layer]));
    expect(layout.layers).toMatchObject([{ diffID: layer.diffID, descriptor: { digest: layer.digest } }]);
    expect(digestOf(fs.readFileSync(layout.layers[0]!.file!))).toBe(layer.digest);
    expect(fs.existsSync(layer.file)).toBe(true);
  });

  it('replaces a layout, and what only the old one had goes', async () => {
    const [first, second] = [await layerWith({ '/etc/a': 'a' }), await layerWith({ '/etc/b': 'b' })];
    write([first]);
    fs.writeFileSync(join(directory, 'blobs/sha256/left-over.tmp'), '');
    const { manifest } = write([second]);
    const names = [second.digest, manifest.digest, openLayout({ directory }).manifest.config.digest];
    expect(blobsOf(directory)).toEqual(names.map((digest) => digest.slice(7)).sort());
  });

  it('keeps an existing layout, and leaves nothing behind, where it fails', async () => {
    const layer = await layerWith({ '/etc/a': 'a' });
    const missing = { ...layer, file: join(work, 'missing'), digest: digestOf('other') };
    expect(() => write([missing])).toThrow('ENOENT');
    expect(fs.existsSync(join(work, 'new'))).toBe(false);
    fs.mkdirSync(directory, { recursive: true });
    expect(() => write([missing])).toThrow('ENOENT');
    expect(fs.readdirSync(directory)).toEqual([]);
    write([layer]);
    const before = readTree(directory);
    expect(() => write([layer, missing])).toThrow('ENOENT');
    expect([...readTree(directory).keys()]).toEqual([...before.keys()]);
    expect(openLayout({ directory }).layers).toHaveLength(1);
  });

  it('refuses a folder that holds something else', async () => {
    const layer = await layerWith({ '/etc/a': 'a' });
    fs.mkdirSync(directory, { recursive: true });
    fs.writeFileSync(join(directory, 'thesis.doc'), '');
    expect(() => write([layer])).toThrow('not empty and not an OCI image layout');
    expect(fs.readdirSync(directory)).toEqual(['thesis.doc']);
  });

  it('leaves nothing that can be taken for finished when it is killed', async () => {
    const layer = await layerWith({ '/etc/a': 'a' });
    const module = pathToFileURL(join(process.cwd(), 'dist/layout/write-layout.js'));
    const script = `
      import fs from 'node:fs';
      import { syncBuiltinESMExports } from 'node:module';
      let left = Number(process.argv[1]);
      for (const name of ['mkdirSync', 'writeFileSync', 'renameSync', 'linkSync', 'rmSync']) {
        const real = fs[name];
        fs[name] = (...args) => (left-- > 0 ? real(...args) : process.kill(process.pid, 'SIGKILL'));
      }
      syncBuiltinESMExports();
      const { writeLayout } = await import(${JSON.stringify(module)});
      writeLayout(JSON.parse(process.argv[2]));`;
    const options = JSON.stringify({ directory, config: imageOf([layer]), layers: [layer] });
    let steps = 0;
    for (let killed = true; killed && steps < 100; steps += 2) {
      const run = ['--input-type=module', '-e', script, String(steps), options];
      killed = spawnSync(process.execPath, run).signal === 'SIGKILL';
      const opened = () => openLayout({ directory });
      if (fs.existsSync(join(directory, 'index.json'))) expect(opened().layers[0]!.file).toBeDefined();
      else expect(opened).toThrow('is not an OCI image layout');
    }
    expect(steps).toBeGreaterThan(6);
    write([layer]);
    expect(blobsOf(directory)).toHaveLength(3);
    expect(fs.readdirSync(directory).sort()).toEqual(['blobs', 'index.json', 'oci-layout']);
  });
});

describe('openLayout', () => {
  it('refuses what is damaged or contradicts itself', async () => {
    const layer = await layerWith({ '/etc/a': 'a' });
    const { manifest } = write([layer]);
    const blob = (digest: string) => join(directory, 'blobs/sha256', digest.slice(7));
    const index = join(directory, 'index.json');
    const damage = (file: string, content: string, sentence: string) => {
      const kept = fs.readFileSync(file);
      fs.rmSync(file);
      fs.writeFileSync(file, content);
      expect(() => openLayout({ directory })).toThrow(sentence);
      fs.writeFileSync(file, kept);
    };
    damage(blob(manifest.digest), '{}', 'is damaged');
    damage(blob(openLayout({ directory }).manifest.config.digest), '{"a":1}', 'is damaged');
    damage(blob(layer.digest), 'short', 'is damaged');
    damage(index, '[', 'is not JSON');
    damage(index, '{"manifests":[]}', 'has no image for linux/');
    const escaping = { manifests: [{ ...manifest, digest: 'sha256:../../../etc/passwd' }] };
    damage(index, JSON.stringify(escaping), 'no sha256 digest');
  });

  it("chooses the platform's image, through indexes of indexes", async () => {
    const layer = await layerWith({ '/etc/a': 'a' });
    const { manifest } = write([layer]);
    const nested: Index = {
      schemaVersion: 2,
      manifests: [
        { ...manifest, digest: digestOf('arm'), platform: { os: 'linux', architecture: 'arm64' } },
        { ...manifest, platform: { os: 'linux', architecture: 'riscv64' } },
      ],
    };
    const bytes = JSON.stringify(nested);
    fs.writeFileSync(join(directory, 'blobs/sha256', digestOf(bytes).slice(7)), bytes);
    const outer = { mediaType: mediaTypes.index, digest: digestOf(bytes), size: bytes.length };
    fs.writeFileSync(join(directory, 'index.json'), JSON.stringify({ schemaVersion: 2, manifests: [outer] }));
    const platform = { os: 'linux', architecture: 'riscv64' };
    expect(openLayout({ directory, platform }).descriptor.digest).toBe(manifest.digest);
    expect(() => openLayout({ directory, platform: { os: 'linux', architecture: 'mips' } })).toThrow(
      'linux/mips',
    );
  });
});

describe('restoreLayers', () => {
  it('restores the layers that a sparse layout holds', async () => {
    const [lower, upper] = [await layerWith({ '/etc/a': 'a' }), await layerWith({ '/etc/b': 'b' })];
    const { mediaType, digest, size } = lower;
    writeLayout({ directory, config: imageOf([lower, upper]), layers: [{ mediaType, digest, size }, upper] });
    const rootfs = join(work, 'restored');
    fs.mkdirSync(rootfs);
    await restoreLayers({ layout: directory, rootfs });
    expect([...readTree(rootfs).keys()]).toEqual(['/', '/etc', '/etc/b']);
  });

  it('verifies every layer before it unpacks the first', async () => {
    const layers = [await layerWith({ '/etc/a': 'a' }), await layerWith({ '/etc/b': 'b' })];
    write(layers, directory);
    const file = openLayout({ directory }).layers[1]!.file!;
    const bytes = fs.readFileSync(file);
    bytes[bytes.length - 9]! ^= 1;
    fs.rmSync(file);
    fs.writeFileSync(file, bytes);
    const rootfs = join(work, 'restored');
    fs.mkdirSync(rootfs);
    const before = readTree(rootfs);
    await expect(restoreLayers({ layout: directory, rootfs })).rejects.toThrow('Nothing was changed');
    expect(compareTrees(readTree(rootfs), before)).toEqual([]);
  });
});

describe('inspectLayout', () => {
  it('tells added, changed and removed apart, and renders them', async () => {
    const first = await layerWith({ '/etc/a': 'a', '/etc/b': 'bb', '/c': 'c' });
    const second = await layerWith({ '/etc/a': 'aaaa', '/etc/new': 'n'.repeat(3000) }, ['/etc/b']);
    write([first, second]);
    const inspection = await inspectLayout({ directory });
    expect(inspection.layers.map(({ counts }) => counts)).toMatchObject([
      { added: 4, changed: 0, removed: 0 },
      { added: 1, changed: 1, removed: 1, kept: 1 },
    ]);
    const text = renderInspection(inspection, { unicode: true, largestFirst: true });
    expect(text.split('\n').slice(-7)).toEqual([
      '  RUN 1',
      '   3.0 kB └──   etc/',
      '   3.0 kB     ├── + new',
      '      4 B     ├── ~ a',
      '              └── - b',
      '1 added, 1 changed, 1 removed, 3.0 kB uncompressed',
      '',
    ]);
    expect(renderInspection(inspection, { colour: true })).toContain('\u001b[31m- b\u001b[0m');
  });

  it('says "written" where the layers below are not at hand, and keeps control characters off', async () => {
    const lower = await layerWith({ '/etc/a': 'a' });
    const upper = await layerWith({ '/etc/\u001b[2J': 'b' });
    const { mediaType, digest, size } = lower;
    writeLayout({ directory, config: imageOf([lower, upper]), layers: [{ mediaType, digest, size }, upper] });
    const text = renderInspection(await inspectLayout({ directory }));
    expect(text).toContain('not in this layout');
    expect(text).toContain('* \\x1b[2J');
    expect(text).toContain('1 written');
  });
});
