// The extender with its cache: kind run leaves the root filesystem alone where it can, kind build restores it.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { extendBuildImage } from '../../lib/extend/extend-build-image.js';
import { extendRunImage } from '../../lib/extend/extend-run-image.js';
import type { BuildEvent } from '../../lib/report/events.js';
import { rememberingLogger } from '../extend/support/folder.js';
import { dockerfile, makePlatform } from '../extend/support/platform.js';
import { makeRootfs, removeRootfs } from '../support/rootfs.js';
import { compareTrees, readTree } from '../support/tree.js';

const made: string[] = [];
afterAll(() => made.forEach(removeRootfs));
function rootfsOfItsOwn(): string {
  const rootfs = makeRootfs();
  made.push(rootfs);
  return rootfs;
}

const user = 'ARG user_id\nARG group_id\nUSER ${user_id}:${group_id}';
const extension = (name: string, more = 'RUN true') =>
  dockerfile('USER root', `RUN echo $$ > /${name}`, 'COPY app-file /', more, user);

const dockerfiles = {
  'one/run.Dockerfile': extension('one'),
  'two/run.Dockerfile': extension('two'),
  'one/build.Dockerfile': extension('one'),
  'two/build.Dockerfile': extension('two'),
};

function listen() {
  const logger = rememberingLogger();
  const events: BuildEvent[] = [];
  const cacheLines = () => logger.all.filter((line) => line.startsWith('Cache '));
  const executed = () =>
    events.flatMap((event) =>
      event.type === 'instruction-finished' && !event.cached && event.text.startsWith('RUN')
        ? [event.text]
        : [],
    );
  const scans = () =>
    events.filter((event) => event.type === 'phase-finished' && event.phase === 'scan').length;
  return { logger, onEvent: (event: BuildEvent) => void events.push(event), cacheLines, executed, scans };
}

describe('The cache of kind run', () => {
  it('makes the same image again without a look at the root filesystem', async () => {
    const { options } = makePlatform({ rootfs: rootfsOfItsOwn(), dockerfiles });
    const first = await extendRunImage(options);
    const rootfs = rootfsOfItsOwn();
    const before = readTree(rootfs);
    const heard = listen();
    const second = await extendRunImage({ ...options, rootfs, ...heard });
    expect(second.digest).toBe(first.digest);
    expect([heard.executed(), heard.scans()]).toEqual([[], 0]);
    expect(compareTrees(readTree(rootfs), before)).toEqual([]);
    expect(heard.cacheLines()).toEqual([
      "Cache hit for extension 'one' (run): 1 layer, nothing was executed.",
      "Cache hit for extension 'two' (run): 1 layer, nothing was executed.",
    ]);
    expect(second.layers.map(({ file }) => readFileSync(file).length > 0)).toEqual([true, true]);
  });

  it('restores what comes before the first extension that misses, and says why it does', async () => {
    const rootfs = rootfsOfItsOwn();
    const { options, write } = makePlatform({ rootfs, dockerfiles });
    const first = await extendRunImage(options);
    write('layers/generated/two/run.Dockerfile', extension('two', 'RUN cat /one > /from-one'));
    const other = rootfsOfItsOwn();
    const heard = listen();
    const second = await extendRunImage({ ...options, rootfs: other, ...heard });
    expect(heard.cacheLines()).toEqual([
      "Cache hit for extension 'one' (run): 1 layer, nothing was executed.",
      "Cache miss for extension 'two' (run): the command of RUN in line 6 differs.",
    ]);
    expect(heard.executed()).toHaveLength(2);
    expect(readFileSync(join(other, 'from-one'))).toEqual(readFileSync(join(rootfs, 'one')));
    expect(second.layers[0]!.digest).toBe(first.layers[0]!.digest);
    expect(second.layers[1]!.digest).not.toBe(first.layers[1]!.digest);
  });

  it('knows root by another name that a cached layer gives it', async () => {
    const toor = dockerfile('USER root', "RUN echo 'toor:x:0:0::/:/bin/sh' >> /etc/passwd", 'USER toor');
    const { options } = makePlatform({
      rootfs: rootfsOfItsOwn(),
      dockerfiles: { 'one/run.Dockerfile': toor },
    });
    await expect(extendRunImage(options)).rejects.toThrow('would run as root (USER toor)');
    const heard = listen();
    const again = extendRunImage({ ...options, rootfs: rootfsOfItsOwn(), ...heard });
    await expect(again).rejects.toThrow('would run as root (USER toor)');
    expect(heard.executed()).toEqual([]);
  });

  it('keeps no layer longer than -kaniko-cache-ttl', async () => {
    const { options } = makePlatform({ rootfs: rootfsOfItsOwn(), dockerfiles });
    await extendRunImage(options);
    const heard = listen();
    await extendRunImage({ ...options, rootfs: rootfsOfItsOwn(), kanikoCacheTtl: -1, ...heard });
    expect(heard.cacheLines()[0]).toMatch(/^Cache miss for .*: the layer is too old: 0 h, where/);
  });
});

describe('The cache of kind build', () => {
  it('restores the root filesystem exactly', async () => {
    const one = rootfsOfItsOwn();
    const { options } = makePlatform({ rootfs: one, dockerfiles });
    const first = await extendBuildImage({ ...options, uid: 1, gid: 1 });
    const two = rootfsOfItsOwn();
    const heard = listen();
    const second = await extendBuildImage({ ...options, rootfs: two, uid: 1, gid: 1, ...heard });
    expect(heard.executed()).toEqual([]);
    const digests = ({ layers }: typeof first) => layers.map(({ digest }) => digest);
    expect(digests(second)).toEqual(digests(first));
    for (const name of ['one', 'two']) {
      expect(readFileSync(join(two, name))).toEqual(readFileSync(join(one, name)));
    }
  });
});
