import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { extendBuildImage } from '../../lib/extend/extend-build-image.js';
import { openLayout } from '../../lib/layout/open-layout.js';
import { restoreLayers } from '../../lib/layout/restore-layers.js';
import { makeRootfs, removeRootfs } from '../support/rootfs.js';
import { failureOf, rememberingLogger } from './support/folder.js';
import { dockerfile, makePlatform } from './support/platform.js';

let rootfs: string;
beforeAll(() => {
  rootfs = makeRootfs();
});
afterAll(() => removeRootfs(rootfs));

const dockerfiles = {
  'one/build.Dockerfile': dockerfile(
    'USER root',
    'RUN echo 1 > /one && rm -f /etc/motd',
    'ENV OPTS="$OPTS -Dc=d=e" EMPTY=',
    'USER app',
  ),
  'one/run.Dockerfile': dockerfile('RUN false'),
};

describe('extendBuildImage', () => {
  it('changes the root filesystem and tells what the build phase needs', async () => {
    const { options } = makePlatform({ rootfs, dockerfiles });
    const extended = await extendBuildImage({ ...options, uid: 1234, gid: 4321 });
    expect(readFileSync(join(rootfs, 'one'), 'utf8')).toBe('1\n');
    expect(extended).toMatchObject({
      environment: { PATH: '/bin', OPTS: '-Da=b -Dc=d=e', EMPTY: '' },
      uid: 1234,
      gid: 4321,
    });
    expect(extended.layers.map(({ createdBy }) => createdBy)).toEqual([
      "Layer: 'RUN echo 1 > /one && rm -f /etc/motd', Created by extension: one",
    ]);
    expect(extended.layers[0]).not.toHaveProperty('file');
    expect(extended).not.toHaveProperty('digest');
    expect(readdirSync(options.kanikoDir)).toEqual(['cache']);
    expect(existsSync(options.extended)).toBe(false);
  });

  it.each([
    ['the variables of the image', { Env: ['CNB_USER_ID=1001', 'CNB_GROUP_ID=1002'] }, 1001, 1002],
    ['the user of the image', {}, 1000, 1000],
  ])('takes who builds from %s', async (_, config, uid, gid) => {
    const { options } = makePlatform({ rootfs, dockerfiles, config });
    expect(await extendBuildImage(options)).toMatchObject({ uid, gid });
  });

  it('keeps the image for another container, where it is restored', async () => {
    const { options, folder } = makePlatform({ rootfs, dockerfiles });
    const output = join(folder, 'layers/extended-build');
    const other = makeRootfs();
    const { digest, layers } = await extendBuildImage({ ...options, output });
    expect(openLayout({ directory: output }).descriptor.digest).toBe(digest);
    expect(layers.every(({ file }) => existsSync(file!))).toBe(true);
    await restoreLayers({ layout: output, rootfs: other });
    expect(readFileSync(join(other, 'one'), 'utf8')).toBe('1\n');
    removeRootfs(other);
  });

  it('warns of a user left at root, but leaves it', async () => {
    const { options } = makePlatform({
      rootfs,
      dockerfiles: { 'one/build.Dockerfile': dockerfile('USER root') },
    });
    const logger = rememberingLogger();
    await extendBuildImage({ ...options, uid: 1000, gid: 1000, logger });
    expect(logger.warnings).toEqual([
      expect.stringContaining('changed the user ID from 1000 to root'),
      'The original user ID was 1000 but the final extension left the user ID set to root.',
    ]);
  });

  it('refuses a Dockerfile that does not build upon the build image, before anything runs', async () => {
    const { options } = makePlatform({
      rootfs,
      dockerfiles: {
        'one/build.Dockerfile': dockerfile('USER root', 'RUN echo > /must-not-run'),
        'two/build.Dockerfile': 'FROM other\n',
      },
    });
    const failure = await failureOf(() => extendBuildImage(options));
    expect(failure.exitCode).toBe(102);
    expect(failure.message).toMatch(/two\/build\.Dockerfile:1:1: error: .*ARG base_image/);
    expect(existsSync(join(rootfs, 'must-not-run'))).toBe(false);
  });

  it('warns of what a Dockerfile should not do', async () => {
    const { options } = makePlatform({
      rootfs,
      dockerfiles: { 'one/build.Dockerfile': dockerfile('EXPOSE 80') },
    });
    const logger = rememberingLogger();
    await extendBuildImage({ ...options, logger });
    expect(logger.warnings).toEqual([
      expect.stringMatching(/build\.Dockerfile:3: EXPOSE is not recommended/),
    ]);
  });
});
