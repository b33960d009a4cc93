// What a RUN cannot see, how failures end, and the way over a second container: the extender in a container, with
// Dockerfiles that take no network.
import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { makeTestImage, type TestImage } from './support/base-image.js';
import { makeVolumes, runInImage, secret } from './support/extender.js';

const folder = resolve(`build/e2e/extender-rules.${process.pid}`);
let image: TestImage;
let runs = 0;

beforeAll(async () => {
  mkdirSync(folder, { recursive: true });
  const config = { User: '1000:1000', Env: ['PATH=/usr/sbin:/usr/bin:/sbin:/bin'] };
  image = await makeTestImage({ folder, kanikoDir: join(folder, 'kaniko'), config });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const dockerfile = (instructions: string) => `ARG base_image\nFROM \${base_image}\n${instructions}\n`;

function extend(kind: 'build' | 'run', instructions: string, flags: string[] = [], builder?: string) {
  const place = join(folder, String(++runs));
  const generated = { [`one/${kind}.Dockerfile`]: dockerfile(instructions) };
  const volumes = makeVolumes({ folder: place, image, extensions: ['one'], generated });
  const argv = ['extender', '-kind', kind, '-uid', '1000', '-gid', '1000', ...flags];
  const container = join(place, 'container');
  const common = { image, api: '0.15', volumes, ...(builder !== undefined && { builder }) };
  return { ...runInImage({ ...common, folder: container, argv }), volumes };
}

/** As root with all that a container's root may do, it looks for the secret wherever a process could find it. */
const search = `RUN <<END
env > /seen-environment
for process in /proc/[0-9]*; do
  tr '\\0' '\\n' < $process/environ
done > /seen-environments 2>/dev/null
ls -l /proc/[0-9]*/fd > /seen-files 2>/dev/null
ls /proc/self/fd > /seen-own-files
for file in mem environ maps; do cat /proc/1/$file; done > /seen-of-ours 2>&1
true
END`;

describe('a RUN', () => {
  it('sees nothing of our environment and none of our open files', () => {
    const { status, stderr, upper } = extend('run', `USER root\n${search}\nUSER 1000:1000`);
    expect(`${status} ${status === 0 ? '' : stderr}`).toBe('0 ');
    const seen = (name: string) => readFileSync(join(upper, `seen-${name}`), 'utf8');
    for (const name of ['environment', 'environments']) {
      expect(seen(name)).not.toContain(secret);
      expect(seen(name)).not.toMatch(/DOCKER_CONFIG|CNB_/);
    }
    expect(seen('environment')).toContain('PATH=/usr/sbin:/usr/bin:/sbin:/bin\n');
    expect(seen('files')).not.toMatch(/kaniko|opt\/extender|layers/);
    expect(seen('own-files').split('\n').filter(Boolean).map(Number)).toEqual([0, 1, 2, 3]);
    expect(seen('of-ours').match(/Permission denied/g)).toHaveLength(3);
  });
});

describe('exits 102', () => {
  it.each([
    ['a RUN that fails', 'USER root\nRUN echo said; exit 7', /one\/run\.Dockerfile:4: RUN[\s\S]*exit code 7/],
    ['root at the end', 'USER root', /would run as root \(USER root\)/],
    ['a COPY out of the context', 'COPY ../layers/group.toml /', /run\.Dockerfile:3: COPY/],
  ])('for %s, without an image', (_, instructions, says) => {
    const { status, stderr, volumes } = extend('run', instructions);
    expect(stderr).toMatch(says);
    expect(status).toBe(102);
    expect(readdirSync(join(volumes['/layers'], 'extended'))).toEqual([]);
    expect(readdirSync(volumes['/kaniko'])).toEqual(['cache']);
  });

  it('for kind build too, and the builder does not run', () => {
    const { status, stdout } = extend('build', 'USER root\nRUN false', [], '#!/bin/sh\necho BUILDER\n');
    expect(status).toBe(102);
    expect(stdout).not.toContain('BUILDER');
  });
});

it('exits 1 where the builder would run as root, or is not there', () => {
  const asRoot = extend('build', 'LABEL a=b', ['-uid', '0']);
  expect(asRoot).toMatchObject({
    status: 1,
    stderr: expect.stringContaining('Refusing to run the build phase as root'),
  });
  const missing = extend('build', 'LABEL a=b', ['-builder', '/no/builder']);
  expect(missing).toMatchObject({
    status: 1,
    stderr: expect.stringMatching(/Cannot run the builder \/no\/builder: ENOENT/),
  });
});

it('keeps the build image for another container', () => {
  const run = 'USER root\nRUN echo made > /etc/made && rm /etc/issue\nUSER 1000:1000';
  const { status, volumes, stdout } = extend(
    'build',
    run,
    ['-output', '/layers/kept'],
    '#!/bin/sh\necho BUILDER\n',
  );
  expect(status).toBe(0);
  expect(stdout).not.toContain('BUILDER');
  const restored = runInImage({
    ...{ folder: join(folder, 'restored'), image, api: '0.15', volumes },
    argv: ['dockerfile-extender', 'restore', '--layers', '/layers/kept', '--rootfs', '/'],
  });
  expect(`${restored.status} ${restored.status === 0 ? '' : restored.stderr}`).toBe('0 ');
  expect(readFileSync(join(restored.upper, 'etc/made'), 'utf8')).toBe('made\n');
});
