import { readdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findBaseImage } from '../../lib/extend/base-image.js';
import { failureOf } from './support/folder.js';
import { makePlatform } from './support/platform.js';

const other = `sha256:${'0'.repeat(64)}`;

function makeBase() {
  const { kanikoDir } = makePlatform({ rootfs: '/', dockerfiles: {} }).options;
  const [digest] = readdirSync(join(kanikoDir, 'cache/base'));
  return { kanikoDir, digest: digest!, reference: `registry.example:5000/base:tag@${digest}` };
}

describe('findBaseImage', () => {
  it('reads config and layers by digest, none of which has to be there', () => {
    const { kanikoDir, reference } = makeBase();
    const { config, layers } = findBaseImage({ reference, kind: 'run', kanikoDir });
    expect(config.config?.User).toBe('1000:1000');
    expect(layers).toHaveLength(3);
    expect(layers[1]).toEqual(layers[2]);
  });

  it.each([
    ['registry.example/base:latest', "names the run image 'registry.example/base:latest', but not by digest"],
    ['sha256:abc', 'not by digest'],
    [`base@${other}`, `cache/base/${other}. The restorer puts its manifest and config there`],
  ])('%s exits 102', async (reference, sentence) => {
    const { kanikoDir } = makeBase();
    const failure = await failureOf(() => findBaseImage({ reference, kind: 'run', kanikoDir }));
    expect(failure.exitCode).toBe(102);
    expect(failure.message).toContain(sentence);
  });

  it('tells which flag the restorer needs for a build image', async () => {
    const failure = await failureOf(() =>
      findBaseImage({ reference: `base@${other}`, kind: 'build', kanikoDir: '/nowhere' }),
    );
    expect(failure.message).toContain('-build-image');
  });

  it('refuses a damaged image and another one', async () => {
    const { kanikoDir, digest, reference } = makeBase();
    const folder = join(kanikoDir, 'cache/base');
    renameSync(join(folder, digest), join(folder, other));
    const another = await failureOf(() =>
      findBaseImage({ reference: `base@${other}`, kind: 'run', kanikoDir }),
    );
    expect(another.message).toContain(`holds the image ${digest} instead`);
    renameSync(join(folder, other), join(folder, digest));
    writeFileSync(join(folder, digest, 'blobs', digest.replace(':', '/')), '{}');
    const damaged = await failureOf(() => findBaseImage({ reference, kind: 'run', kanikoDir }));
    expect(damaged).toMatchObject({ exitCode: 102, message: expect.stringContaining('is damaged') });
  });
});
