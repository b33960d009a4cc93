import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { extendRunImage } from '../../lib/extend/extend-run-image.js';
import { openLayout } from '../../lib/layout/open-layout.js';
import { makeRootfs, removeRootfs } from '../support/rootfs.js';
import { failureOf, rememberingLogger } from './support/folder.js';
import { dockerfile, makePlatform } from './support/platform.js';

let rootfs: string;
beforeAll(() => {
  rootfs = makeRootfs();
});
afterAll(() => removeRootfs(rootfs));

const read = (path: string) => readFileSync(join(rootfs, path), 'utf8');
const rebasable = 'LABEL io.buildpacks.rebasable=true';
const user = 'ARG user_id\nARG group_id\nUSER ${user_id}:${group_id}';
const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

describe('extendRunImage', () => {
  it('leaves a sparse layout with the new layers only, by position where digests repeat', async () => {
    const { options } = makePlatform({
      rootfs,
      dockerfiles: {
        'one/run.Dockerfile': dockerfile(
          'USER root',
          'RUN echo 1 > /one',
          'COPY app-file /',
          rebasable,
          user,
        ),
        'two/run.Dockerfile': dockerfile('USER root', 'RUN echo 2 \\\n  > /two', rebasable, user),
      },
      history: [
        { created_by: 'a' },
        { created_by: 'ENV', empty_layer: true },
        { created_by: 'b' },
        { created_by: 'c' },
      ],
    });
    const extended = await extendRunImage(options);
    expect(extended).toMatchObject({ uid: 1000, gid: 1000, environment: { PATH: '/bin', OPTS: '-Da=b' } });
    expect(extended.layout).toBe(join(options.extended, 'run', extended.digest));
    expect(readdirSync(options.extended)).toEqual(['run']);
    expect(readdirSync(join(options.extended, 'run'))).toEqual([extended.digest]);
    expect(readdirSync(options.kanikoDir)).toEqual(['cache']);

    const layout = openLayout({ directory: extended.layout });
    expect(layout.descriptor.digest).toBe(extended.digest);
    expect(layout.layers.map(({ file }) => file)).toEqual([
      ...[undefined, undefined, undefined],
      ...extended.layers.map(({ file }) => file),
    ]);
    expect(extended.layers.every(({ file }) => existsSync(file))).toBe(true);
    expect(layout.config).toEqual(extended.image.config);
    expect(layout.config.config?.Labels).toEqual({ 'io.buildpacks.rebasable': 'true' });
    expect(layout.config.config?.User).toBe('1000:1000');
    const created = '0001-01-01T00:00:00Z';
    expect(layout.config.created).toBe(created);
    expect(layout.config.history).toEqual([
      ...[{ created_by: 'a' }, { created_by: 'b' }, { created_by: 'c' }],
      { created, created_by: "Layer: 'RUN echo 1 > /one; COPY app-file /', Created by extension: one" },
      { created, created_by: "Layer: 'RUN echo 2   > /two', Created by extension: two" },
    ]);
  });

  it('gives each Dockerfile the args of the specification, and its own', async () => {
    const show = 'ARG build_id=0\nARG user_id\nARG group_id\nARG mine\nUSER root';
    const { options, write } = makePlatform({
      rootfs,
      dockerfiles: {
        'one/run.Dockerfile': dockerfile(
          show,
          'RUN echo $build_id $user_id $group_id $mine > /one',
          'USER app',
        ),
        'two/run.Dockerfile': dockerfile(
          show,
          'RUN echo $build_id $user_id $group_id- $mine > /two',
          'USER app',
        ),
      },
    });
    write('layers/generated/one/extend-config.toml', '[[run.args]]\nname = "mine"\nvalue = "a b"\n');
    const logger = rememberingLogger();
    await extendRunImage({ ...options, logger });
    const [first, second] = [read('one').trim().split(' '), read('two').trim().split(' ')];
    expect(first).toEqual([expect.stringMatching(uuid), '1000', '1000', 'a', 'b']);
    expect(second).toEqual([expect.stringMatching(uuid), 'app', '-']);
    expect(first[0]).not.toBe(second[0]);
    expect(logger.warnings).toEqual([
      'The original user ID was 1000 but the final extension left the user ID set to app.',
    ]);
  });

  it.each([
    ['both', [rebasable, rebasable], 'true'],
    ['the first alone', [rebasable, ''], 'false'],
    ['the second alone', ['', rebasable], 'false'],
    ['one of them to false', [rebasable, 'LABEL io.buildpacks.rebasable=false'], 'false'],
    ['both, by a variable', ['ENV n=io.buildpacks\nLABEL "$n.rebasable"="true"', rebasable], 'true'],
  ])('is rebasable where every Dockerfile says so: %s', async (_, [one, two], expected) => {
    const { options } = makePlatform({
      rootfs,
      dockerfiles: { 'one/run.Dockerfile': dockerfile(one!), 'two/run.Dockerfile': dockerfile(two!) },
      config: { Labels: { 'io.buildpacks.rebasable': 'true', other: 'kept' } },
    });
    const { image } = await extendRunImage(options);
    expect(image.config.config?.Labels).toEqual({ 'io.buildpacks.rebasable': expected, other: 'kept' });
  });

  it('leaves the directories of the platform out, and only those', async () => {
    const run =
      'RUN mkdir -p /workspace /layers /platform /kaniko /workspaces && for d in workspace layers platform kaniko workspaces; do echo > /$d/file; done';
    const { options } = makePlatform({
      rootfs,
      dockerfiles: { 'one/run.Dockerfile': dockerfile('USER root', run, 'USER app') },
    });
    const { layers } = await extendRunImage({
      ...options,
      ...{ app: '/workspace', layers: '/layers', platform: '/platform' },
    });
    const tar = readFileSync(layers[0]!.file, 'latin1');
    expect(tar).toContain('workspaces/file');
    for (const name of ['workspace/file', 'layers/file', 'platform/file']) expect(tar).not.toContain(name);
  });

  it('makes the same image of the same inputs, and tells the time of SOURCE_DATE_EPOCH', async () => {
    const digests: string[] = [];
    for (let attempt = 0; attempt < 2; attempt++) {
      const fresh = makeRootfs();
      const { options } = makePlatform({
        rootfs: fresh,
        dockerfiles: { 'one/run.Dockerfile': dockerfile('USER root', 'RUN echo > /etc/one', 'USER app') },
      });
      const { image, digest } = await extendRunImage({ ...options, sourceDateEpoch: 1_000_000_000 });
      expect(image.config.created).toBe('2001-09-09T01:46:40Z');
      digests.push(digest);
      removeRootfs(fresh);
    }
    expect(digests[0]).toBe(digests[1]);
  });

  it('stays alone in its folder, where an earlier build left an image', async () => {
    const { options } = makePlatform({
      rootfs,
      dockerfiles: { 'one/run.Dockerfile': dockerfile('LABEL a=b') },
    });
    mkdirSync(join(options.extended, 'run/sha256:old/blobs'), { recursive: true });
    const { digest } = await extendRunImage(options);
    expect(readdirSync(join(options.extended, 'run'))).toEqual([digest]);
  });

  it('writes the base image as it is where no extension has a run.Dockerfile', async () => {
    const { options } = makePlatform({
      rootfs,
      dockerfiles: { 'one/build.Dockerfile': dockerfile('RUN false') },
    });
    const { digest, layers, image } = await extendRunImage(options);
    expect(layers).toEqual([]);
    expect(image.config.config?.Labels).toBeUndefined();
    expect(readFileSync(options.analyzed, 'utf8')).toContain(digest);
  });

  it('makes a layer an instruction on request', async () => {
    const { options } = makePlatform({
      rootfs,
      dockerfiles: {
        'one/run.Dockerfile': dockerfile('USER root', 'RUN echo > /a', 'RUN echo > /b', 'USER app'),
      },
    });
    const { image } = await extendRunImage({ ...options, layering: 'instruction' });
    expect(image.config.history?.slice(3).map(({ created_by }) => created_by)).toEqual([
      "Layer: 'RUN echo > /a', Created by extension: one",
      "Layer: 'RUN echo > /b', Created by extension: one",
    ]);
  });

  it.each([
    [
      'a RUN that fails',
      'USER root\nRUN echo x; exit 7',
      [/Extension 'one' failed\./, /run\.Dockerfile:4: RUN/, /exit code 7/],
    ],
    ['a COPY of what is not there', 'COPY nothing /', [/run\.Dockerfile:3: COPY nothing/]],
    ['root at the end', 'USER root', [/would run as root \(USER root\)/]],
    ['root by number at the end', 'USER 0:0', [/would run as root \(USER 0\)/]],
    ['an unknown instruction', 'RUNS true', [/run\.Dockerfile:3:1: /]],
    ['a second stage', 'FROM other', [/run\.Dockerfile:3/]],
  ])('exits 102 for %s, and leaves no image', async (_, instructions, says) => {
    const { options } = makePlatform({
      rootfs,
      dockerfiles: { 'one/run.Dockerfile': dockerfile(instructions) },
    });
    const failure = await failureOf(() => extendRunImage(options));
    expect(failure.exitCode).toBe(102);
    for (const sentence of says) expect(failure.message).toMatch(sentence);
    if (existsSync(options.extended)) expect(readdirSync(options.extended)).toEqual([]);
    expect(readdirSync(options.kanikoDir)).toEqual(['cache']);
  });

  it('allows root to an extension that another follows, with a warning', async () => {
    const { options } = makePlatform({
      rootfs,
      dockerfiles: {
        'one/run.Dockerfile': dockerfile('USER root'),
        'two/run.Dockerfile': dockerfile('USER 1000:1000'),
      },
    });
    const logger = rememberingLogger();
    await extendRunImage({ ...options, logger });
    expect(logger.warnings).toEqual([
      expect.stringMatching(/^Extension from .*one\/run.Dockerfile changed the user ID from 1000 to root; /),
    ]);
  });

  it('touches nothing where an input is missing', async () => {
    const { options } = makePlatform({ rootfs, dockerfiles: {} });
    await failureOf(() => extendRunImage({ ...options, kanikoDir: join(options.layers, 'none') }));
    expect(existsSync(options.extended)).toBe(false);
    expect(existsSync(join(options.layers, 'none'))).toBe(false);
  });

  it('keeps a user whose name only the image knows', async () => {
    const dockerfiles = {
      'one/run.Dockerfile': dockerfile('ARG user_id', 'USER root', 'RUN true', 'USER $user_id'),
    };
    const { options } = makePlatform({ rootfs, dockerfiles, config: { User: 'elsewhere' } });
    const extended = await extendRunImage(options);
    expect(extended.image.config.config?.User).toBe('elsewhere');
    expect(extended.uid).toBeUndefined();
  });

  it('ends by the signal, and leaves nothing', async () => {
    const { options } = makePlatform({
      rootfs,
      dockerfiles: { 'one/run.Dockerfile': dockerfile('RUN sleep 60') },
    });
    const controller = new AbortController();
    const onEvent = ({ type }: { type: string }) => {
      if (type === 'instruction-started') setTimeout(() => controller.abort(new Error('stop')), 100);
    };
    await expect(extendRunImage({ ...options, onEvent, signal: controller.signal })).rejects.toThrow('stop');
    expect(readdirSync(options.extended)).toEqual([]);
  });
});
