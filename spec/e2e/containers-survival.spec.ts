// What a stranger's image and its RUNs do to whoever works inside it: the portable folder goes on, and is not seen.
import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { openLayout } from '../../lib/layout/open-layout.js';
import { busyboxImage, debianImage, staticBusybox } from './support/container-images.js';
import { type DockerImage, removeImages, runOnce } from './support/docker.js';
import { portableBundle } from './support/portable.js';
import { extendedLayout, openWorkshop, outcome } from './support/workshop.js';

const folder = resolve(`build/e2e/containers-survival.${process.pid}`);
const workshop = openWorkshop(folder);
let debian: DockerImage;
let busybox: DockerImage;

beforeAll(() => {
  debian = debianImage(join(folder, 'debian'));
  busybox = busyboxImage(join(folder, 'busybox'));
}, 300_000);
afterEach(() => workshop.clear());
afterAll(() => {
  removeImages([debian, busybox]);
  workshop.close();
});

describe('a RUN that takes away what programs live on', () => {
  it('replaces libc', () => {
    const made = workshop.extend({
      image: debian,
      instructions:
        'RUN apt-get update && apt-get install -y --reinstall libc6 libc-bin && rm -rf /var/lib/apt/lists/*\nRUN echo after > /after',
    });
    expect(outcome(made)).toBe('0 ');
    const image = workshop.load(made, debian);
    expect(runOnce({ image, argv: ['cat', '/after'], portable: false }).stdout).toBe('after\n');
    expect(workshop.differences(made, image)).toEqual([]);
  });

  it('deletes /lib whole, and the shell', () => {
    const made = workshop.extend({
      image: debian,
      instructions: [
        'COPY busybox /busybox',
        'RUN rm -rf /lib /lib64 /usr/lib /usr/lib64 /usr/bin /bin',
        'RUN ["/busybox", "sh", "-c", "echo after > /after"]',
        'COPY busybox /again/busybox',
      ].join('\n'),
      context: (context) => cpSync(staticBusybox, join(context, 'busybox')),
    });
    expect(outcome(made)).toBe('0 ');
    const image = workshop.load(made, debian);
    const argv = ['/again/busybox', 'ls', '/after', '/lib', '/usr/lib', '/bin/sh'];
    expect(runOnce({ image, argv, portable: false }).stdout).toBe('/after\n');
    expect(workshop.differences(made, image)).toEqual([]);
  });
});

describe('the portable folder', () => {
  it('starts whatever the image tells loaders, Node.js and OpenSSL, and hands it on to the builder', () => {
    const env = {
      LD_PRELOAD: '/not/there.so',
      LD_LIBRARY_PATH: '/lib:/usr/lib',
      NODE_OPTIONS: '--require=/not/there.js',
      OPENSSL_CONF: '/not/there.cnf',
    };
    const builder = join(folder, 'builder');
    writeFileSync(builder, '#!/bin/sh\nenv\n', { mode: 0o755 });
    const openssl = join(folder, 'openssl.cnf');
    writeFileSync(openssl, 'openssl_conf = one\n[one\n');
    const preload = join(folder, 'ld.so.preload');
    writeFileSync(preload, '/not/there.so\n');
    const made = workshop.extend({
      image: busybox,
      kind: 'build',
      instructions: 'RUN env > /seen && ls -l /proc/self/fd > /files',
      container: {
        env,
        mounts: {
          '/cnb/lifecycle/builder': builder,
          '/etc/ssl/openssl.cnf': openssl,
          '/etc/ld.so.preload': preload,
        },
      },
    });
    expect(outcome(made)).toBe('0 ');
    expect(made.stderr).not.toContain('preload');
    const given = Object.entries(env).map(([name, value]) => `${name}=${value}`);
    expect(made.stdout.split('\n')).toEqual(expect.arrayContaining(given));
    expect(made.stdout).not.toContain('EXTENDER_');
    expect(made.stdout).not.toContain('/cnb/extender');
  });

  it('is nothing to the children of a RUN: no variable, no open file, no process that can be read', () => {
    const made = workshop.extend({
      image: busybox,
      instructions: [
        'RUN env > /variables && ls -l /proc/self/fd > /files',
        'RUN cat /proc/1/environ /proc/1/maps > /ours 2> /refused || true',
      ].join('\n'),
    });
    expect(outcome(made)).toBe('0 ');
    const image = workshop.load(made, busybox);
    const seen = (path: string) => runOnce({ image, argv: ['cat', path], portable: false }).stdout;
    expect(
      seen('/variables')
        .split('\n')
        .filter(Boolean)
        .map((line) => line.split('=')[0])
        .sort(),
    ).toEqual(['HOME', 'PATH', 'PWD', 'SHLVL']);
    expect(seen('/files')).not.toMatch(/cnb|layers|kaniko/);
    expect(seen('/ours')).toBe('');
    expect(seen('/refused').match(/Permission denied/g)).toHaveLength(2);
  });

  it('stays out of layers where it is no mount but was copied in, whatever a RUN does to it', () => {
    const made = workshop.extend({
      image: busybox,
      instructions: 'RUN chmod -R o+w /cnb && touch /cnb/extender/new /cnb/other',
      container: { portable: false },
      prepare: (container) => {
        const cnb = join(folder, 'cnb');
        mkdirSync(cnb);
        cpSync(portableBundle(), join(cnb, 'extender'), { recursive: true });
        container.copyIn(cnb, '/');
      },
    });
    expect(outcome(made)).toBe('0 ');
    const image = workshop.load(made, busybox);
    const argv = ['ls', '/cnb'];
    expect(runOnce({ image, argv, portable: false }).stdout).toBe('other\n');
  });
});

describe('RUN mounts leave no trace, with inputs read-only and a group that is not root', () => {
  it.each([
    ['default privileges: stand-ins', [], '0\n'],
    ['CAP_SYS_ADMIN: mounts', ['--cap-add=SYS_ADMIN'], '1\n'],
  ])('%s', (_, privileges, mounted) => {
    const made = workshop.extend({
      image: busybox,
      instructions: [
        'RUN --mount=type=bind,source=given,target=/in --mount=type=cache,target=/var/cache/one \\',
        '    --mount=type=tmpfs,target=/scratch \\',
        '    cp /in /out && touch /var/cache/one/kept /scratch/lost && grep -c " /in " /proc/self/mountinfo > /mounted || true',
      ].join('\n'),
      context: (context) => writeFileSync(join(context, 'given'), 'given\n'),
      readOnly: ['/workspace', '/kaniko'],
      container: { flags: ['--user', '0:1000', ...privileges] },
    });
    expect(outcome(made)).toBe('0 ');
    expect(openLayout({ directory: extendedLayout(made) }).layers).toHaveLength(2);
    expect(workshop.changes(made, busybox)).toEqual(['A /mounted', 'A /out']);
    const image = workshop.load(made, busybox);
    expect(runOnce({ image, argv: ['cat', '/out', '/mounted'], portable: false }).stdout).toBe(
      `given\n${mounted}`,
    );
  });
});

describe('extender -version', () => {
  it('answers in a container, time after time', () => {
    const script =
      'for i in {1..10}; do a=$EPOCHREALTIME; /cnb/extender/bin/extender -version; b=$EPOCHREALTIME; ' +
      'echo $(( (${b/./} - ${a/./}) / 1000 )) >&2; done';
    const container = workshop.create({ image: debian, argv: ['bash', '-c', script] });
    const milliseconds = container.run().stderr.trim().split('\n').map(Number);
    expect(milliseconds).toHaveLength(10);
    process.stdout.write(
      `extender -version in a container: ${Math.min(...milliseconds)} ms, the best of 10\n`,
    );
  });
});
