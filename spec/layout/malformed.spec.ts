import fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { applyDockerfile } from '../../lib/extend/apply-dockerfile.js';
import { digestOf } from '../../lib/image/digest.js';
import { writeLayer } from '../../lib/layer/write-layer.js';
import { inspectLayout } from '../../lib/layout/inspect-layout.js';
import { writeLayout } from '../../lib/layout/write-layout.js';

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

const config = {
  architecture: 'amd64',
  os: 'linux',
  config: {
    User: 'root',
    Env: ['A=1'],
    Cmd: ['sh'],
    Entrypoint: ['sh'],
    Labels: { a: 'b' },
    Volumes: { '/v': {} },
    ExposedPorts: { '80/tcp': {} },
    WorkingDir: '/w',
    Shell: ['/bin/sh', '-c'],
    OnBuild: ['RUN x'],
    Healthcheck: { Test: ['CMD', 'x'] },
    StopSignal: 'SIGTERM',
  },
  history: [{ created_by: 'RUN', created: '2020-01-01T00:00:00Z' }],
};

const odd: Json[] = [null, true, 7, 'text', [], {}, [null], [7], { a: null }];

let work: string;
let layout: string;
let documents: { index: Json; manifest: Json; config: Json };

beforeAll(async () => {
  work = fs.mkdtempSync(join(tmpdir(), 'malformed-spec-'));
  layout = join(work, 'layout');
  fs.mkdirSync(join(work, 'source'));
  fs.writeFileSync(join(work, 'source/file'), 'content');
  fs.writeFileSync(
    join(work, 'Dockerfile'),
    'ARG base_image\nFROM ${base_image}\nENV B=$A\nLABEL c=d\nWORKDIR x\nUSER root\nEXPOSE 81\nVOLUME /y\nHEALTHCHECK NONE\nCMD ["a"]\n',
  );
  const layer = await writeLayer({
    rootfs: join(work, 'source'),
    changes: [{ path: '/file', kind: 'added' }],
    directory: work,
  });
  writeLayout({
    directory: layout,
    config: { ...config, rootfs: { type: 'layers', diff_ids: [layer.diffID] } },
    layers: [layer],
  });
  const index = JSON.parse(fs.readFileSync(join(layout, 'index.json'), 'utf8'));
  const read = (digest: string) =>
    JSON.parse(fs.readFileSync(join(layout, 'blobs/sha256', digest.slice(7)), 'utf8'));
  const manifest = read(index.manifests[0].digest);
  documents = { index, manifest, config: read(manifest.config.digest) };
});
afterAll(() => fs.rmSync(work, { recursive: true, force: true }));

/** The document once for each of its places, with something odd there. */
function* mutations(document: Json): Generator<{ place: string; mutated: Json }> {
  for (const value of odd) yield { place: `as ${JSON.stringify(value)}`, mutated: value };
  if (typeof document !== 'object' || document === null) return;
  for (const [key, value] of Object.entries(document))
    for (const { place, mutated } of mutations(value)) {
      const copy = (Array.isArray(document) ? [...document] : { ...document }) as { [key: string]: Json };
      copy[key] = mutated;
      yield { place: `${key} ${place}`, mutated: copy };
    }
}

function writeBlob(document: Json): { digest: string; size: number } {
  const bytes = Buffer.from(JSON.stringify(document));
  const digest = digestOf(bytes);
  fs.writeFileSync(join(layout, 'blobs/sha256', digest.slice(7)), bytes);
  return { digest, size: bytes.length };
}

/** Writes the layout with one document replaced, all digests above it right. */
function install(which: keyof typeof documents, mutated: Json): void {
  const at = { ...documents, [which]: mutated } as Record<string, { [key: string]: Json }>;
  if (which === 'config')
    at.manifest = { ...at.manifest, config: { ...(at.manifest!.config as object), ...writeBlob(mutated) } };
  if (which !== 'index') {
    const [descriptor] = at.index!.manifests as { [key: string]: Json }[];
    at.index = { ...at.index, manifests: [{ ...descriptor, ...writeBlob(at.manifest!) }] };
  }
  fs.writeFileSync(join(layout, 'index.json'), JSON.stringify(at.index));
}

const uses: Record<string, () => Promise<unknown>> = {
  inspected: async () => inspectLayout({ directory: layout }),
  extended: () =>
    applyDockerfile({
      dockerfile: join(work, 'Dockerfile'),
      rootfs: fs.mkdtempSync(join(work, 'rootfs-')),
      output: join(fs.mkdtempSync(join(work, 'output-')), 'layout'),
      baseImage: layout,
    }),
};

describe('a layout with something odd in it', () => {
  it.each([
    ['index', 'inspected'],
    ['manifest', 'inspected'],
    ['config', 'inspected'],
    ['config', 'extended'],
  ] as const)('is read or refused with a sentence: its %s, %s', async (which, use) => {
    for (const { place, mutated } of mutations(documents[which])) {
      install(which, mutated);
      const failure = await uses[use]!().catch((error: Error) => error);
      if (!(failure !== null && typeof failure === 'object' && 'stack' in failure)) continue;
      const { name, message, stack } = failure as Error;
      if (['TypeError', 'RangeError', 'SyntaxError', 'ReferenceError'].includes(name))
        throw new Error(`${which}: ${place}: ${name}: ${message}\n${stack}`);
    }
  });
});
