// What docs/library.md shows is a program that compiles (`npm run lint`) and does what the page says.
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { transform } from 'esbuild';
import { makeRootfs, removeRootfs } from '../support/rootfs.js';

const example = readFileSync('fixtures/example-library/library.ts', 'utf8');
const page = readFileSync('docs/library.md', 'utf8');

describe('docs/library.md', () => {
  it('shows the example as it is', () => {
    const shown = page.match(/^```ts\n(.*?)^```$/ms)![1];
    expect(shown).toBe(example);
  });

  it('shows what the example prints', async () => {
    const rootfs = makeRootfs();
    const folder = dirname(rootfs);
    const [pristine, work] = [join(folder, 'pristine'), join(folder, 'work')];
    const program = join('build', `library-example-${process.pid}.mjs`);
    execFileSync('cp', ['-a', rootfs, pristine]);
    mkdirSync(work);
    mkdirSync('build', { recursive: true });
    try {
      writeFileSync(program, (await transform(example, { loader: 'ts' })).code);
      const dockerfile = 'fixtures/extensions/hello/build.Dockerfile';
      const { status, stdout } = spawnSync('node', [program, dockerfile, rootfs, pristine, work], {
        encoding: 'utf8',
      });
      expect({ status, stdout }).toEqual({
        status: 0,
        stdout: page.match(/it prints\n\n```\n(.*?)^```$/ms)![1],
      });
    } finally {
      rmSync(program, { force: true });
      removeRootfs(rootfs);
    }
  });

  it('names everything that the library exports as a value, and every page of docs is in the README', async () => {
    const exported = Object.keys(await import('../../lib/index.js'));
    expect(exported.filter((name) => !page.includes(`\`${name}\``))).toEqual([]);
    const readme = readFileSync('README.md', 'utf8');
    expect(readdirSync('docs').filter((file) => !readme.includes(`(docs/${file})`))).toEqual([]);
    const linked = [...readme.matchAll(/\]\(([\w./-]+)\)/g)].map((match) => match[1]!);
    expect(linked.filter((path) => !existsSync(path))).toEqual([]);
  });
});
