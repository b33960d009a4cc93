// What makes a second build hit or miss: only what decides the result.
import { chmodSync, chownSync, cpSync, mkdirSync, renameSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type ApplyDockerfileOptions, applyDockerfile } from '../../lib/extend/apply-dockerfile.js';
import type { ImageConfig } from '../../lib/image/config.js';
import { digestOf } from '../../lib/image/digest.js';
import { mediaTypes } from '../../lib/image/manifest.js';
import { writeLayout } from '../../lib/layout/write-layout.js';
import type { BuildEvent } from '../../lib/report/events.js';
import { folderWith, rememberingLogger } from '../extend/support/folder.js';
import { makeRootfs, removeRootfs } from '../support/rootfs.js';

let rootfs: string;
beforeAll(() => {
  rootfs = makeRootfs();
});
afterAll(() => removeRootfs(rootfs));

const text = `FROM base
ARG GREETING=hello
# what follows is copied
COPY --chown=7:7 one sub/ /copied/
RUN --mount=type=secret,id=token,required=false --mount=type=bind,source=bound,target=/bound \\
  cat /copied/one > /made
ENV AFTER=1
`;

interface Build {
  folder: string;
  dockerfile: string;
  context: string;
  options: Partial<ApplyDockerfileOptions>;
  base: ImageConfig;
}

/** What a spec may change between the two builds of one cache. */
type Change = (build: Build) => void;

function makeBuild(): Build {
  const folder = folderWith({
    'context/one': 'content',
    'context/sub/two': '2',
    'context/bound/three': '3',
    'context/unrelated': 'u',
    'context/ignored/file': 'i',
    'context/.dockerignore': 'ignored\n',
  });
  const base: ImageConfig = {
    architecture: 'amd64',
    os: 'linux',
    config: { Env: ['PATH=/bin'] },
    rootfs: { type: 'layers', diff_ids: [digestOf('base')] },
  };
  const context = join(folder, 'context');
  return {
    folder,
    dockerfile: text,
    context,
    base,
    options: { secrets: [{ id: 'token', value: Buffer.from('a') }] },
  };
}

async function apply(build: Build, name: string) {
  const { folder, context, base, options } = build;
  const dockerfile = join(folder, 'Dockerfile');
  writeFileSync(dockerfile, build.dockerfile);
  const baseImage = join(folder, `base-${name}`);
  const layer = { mediaType: mediaTypes.layer, digest: digestOf('base'), size: 4 };
  writeLayout({ directory: baseImage, config: base, layers: [layer] });
  const logger = rememberingLogger();
  const events: BuildEvent[] = [];
  const applied = await applyDockerfile({
    ...{ dockerfile, context, rootfs, output: join(folder, name), baseImage, sourceDateEpoch: 1 },
    ...{
      cacheDir: join(folder, 'cache'),
      compression: 'none',
      logger,
      onEvent: (event) => events.push(event),
    },
    ...options,
  });
  const lookUps = events.flatMap((event) => (event.type === 'cache-looked-up' ? [event] : []));
  const executed = events.flatMap((event) =>
    event.type === 'instruction-finished' && !event.cached ? [event.text.split(' ')[0]] : [],
  );
  const said = logger.all.filter((line) => line.startsWith('Cache '));
  return { applied, lookUps, executed, said, warnings: logger.warnings };
}

const edit = (name: string, content: string) => (build: Build) =>
  writeFileSync(join(build.context, name), content);
const replace = (from: string, to: string) => (build: Build) => {
  if (!build.dockerfile.includes(from)) throw new Error(`The Dockerfile has no ${from}`);
  build.dockerfile = build.dockerfile.replace(from, () => to);
};
const swap: Change = (build) => {
  const [, copy, run] = /(COPY.*\n)(RUN.*\n.*\n)/.exec(build.dockerfile)!;
  build.dockerfile = build.dockerfile.replace(copy! + run!, () => run! + copy!);
};
const options = (more: Partial<ApplyDockerfileOptions>) => (build: Build) =>
  Object.assign(build.options, more);

const misses: [what: string, reason: RegExp, change: Change][] = [
  ['a byte of a copied file', /^the file one of COPY in line 4 differs$/, edit('one', 'contenT')],
  ['a byte of a file in a copied directory', /^the file sub\/two of COPY/, edit('sub/two', '3')],
  ['a file more in a copied directory', /^the file sub\/new of COPY in line 4 is new$/, edit('sub/new', '')],
  ['the mode of a copied file', /^the file one of/, ({ context }) => chmodSync(join(context, 'one'), 0o600)],
  ['the owner of a copied file', /^the file one of/, ({ context }) => chownSync(join(context, 'one'), 5, 5)],
  ['a byte of a file in a bind mount', /^the file bound\/three of RUN/, edit('bound/three', '4')],
  [
    'what .dockerignore lets through',
    /^the file sub\/two of COPY in line 4 is gone$/,
    edit('.dockerignore', 'sub/two'),
  ],
  [
    'the value of an arg that RUN sees',
    /^the variable GREETING of RUN in line 5/,
    options({ buildArgs: { GREETING: 'x' } }),
  ],
  ['the default of an arg', /^the variable GREETING of RUN/, replace('GREETING=hello', 'GREETING=bye')],
  [
    'a proxy, which RUN sees',
    /^the variable HTTP_PROXY of RUN .* is new$/,
    options({ buildArgs: { HTTP_PROXY: 'p' } }),
  ],
  ['a command', /^the command of RUN in line 5 differs$/, replace('> /made', '> /done')],
  ['the order of the instructions', /^the instruction of (RUN|COPY)/, swap],
  ['an owner in a flag', /^the words of COPY/, replace('--chown=7:7', '--chown=8:8')],
  ['a variable before', /^the variable NEW of RUN .* is new$/, replace('ARG', 'ENV NEW=1\nARG')],
  ['the user', /^the user of RUN/, replace('ARG', 'USER 0\nARG')],
  ['the working directory', /^the instruction of WORKDIR/, replace('ARG', 'WORKDIR /tmp\nARG')],
  ['the base image', /^the base image differs$/, ({ base }) => Object.assign(base, { author: 'another' })],
  ['the platform', /^the platform differs$/, ({ base }) => Object.assign(base, { variant: 'v8' })],
  ['the compression', /^the compression differs$/, options({ compression: 'gzip' })],
  ['SOURCE_DATE_EPOCH', /^SOURCE_DATE_EPOCH differs$/, options({ sourceDateEpoch: 2 })],
  ['an ignored path', /^a path that is left out of layers differs$/, options({ ignore: ['/made'] })],
  ['a secret that is not there any more', /^the secret token of RUN/, options({ secrets: [] })],
  ['the time to live', /^the layer is too old/, options({ cacheTimeToLive: -1 })],
];

const hits: [what: string, change: Change][] = [
  ['nothing', () => {}],
  ['a comment', replace('# what follows is copied', '# something else\n\n# and more')],
  [
    'formatting',
    replace('COPY --chown=7:7 one sub/ /copied/', 'copy   --chown=7:7 one \\\n  sub/   /copied/'),
  ],
  ['the time of a file', ({ context }) => utimesSync(join(context, 'one'), 1, 1)],
  ['an unrelated file of the context', edit('unrelated', 'changed')],
  ['an ignored file of the context', edit('ignored/file', 'changed')],
  ['an arg that is not declared', options({ buildArgs: { UNUSED: '1' } })],
  ['an arg that is declared after all that it could change', replace('ENV AFTER', 'ARG LATE=1\nENV AFTER')],
  ['build_id while it is not used', options({ buildArgs: { build_id: 'another' } })],
  ["a secret's value", options({ secrets: [{ id: 'token', value: Buffer.from('b') }] })],
  ['metadata that no instruction sees', replace('ENV AFTER=1', 'ENV AFTER=2\nLABEL a=b\nCMD ["x"]')],
  [
    'the path of the context',
    (build) => {
      const moved = join(build.folder, 'elsewhere');
      mkdirSync(moved);
      renameSync(build.context, join(moved, 'context'));
      build.context = join(moved, 'context');
    },
  ],
  [
    'a fresh copy of the context',
    (build) => {
      const copy = join(build.folder, 'copy');
      cpSync(build.context, copy, { recursive: true });
      build.context = copy;
    },
  ],
];

describe('A second build', () => {
  it.each(misses)('misses after a change of %s', async (_, reason, change) => {
    const build = makeBuild();
    await apply(build, 'first');
    change(build);
    const { lookUps, executed, said } = await apply(build, 'second');
    expect(lookUps).toMatchObject([{ hit: false, reason: expect.stringMatching(reason) }]);
    expect(executed).toContain('RUN');
    expect(said).toEqual([`Cache miss for ${join(build.folder, 'Dockerfile')}: ${lookUps[0]!.reason}.`]);
  });

  it.each(hits)('hits after a change of %s', async (_, change) => {
    const build = makeBuild();
    const first = await apply(build, 'first');
    change(build);
    const second = await apply(build, 'second');
    expect(second.lookUps).toMatchObject([{ hit: true }]);
    expect(second.executed).not.toEqual(expect.arrayContaining(['RUN']));
    expect(second.executed).not.toEqual(expect.arrayContaining(['COPY']));
    const layers = ({ applied }: typeof first) =>
      applied.layers.map(({ digest, diffID }) => [digest, diffID]);
    expect(layers(second)).toEqual(layers(first));
    expect(second.said).toEqual([
      `Cache hit for ${join(build.folder, 'Dockerfile')}: 1 layer, nothing was executed.`,
    ]);
  });
});
