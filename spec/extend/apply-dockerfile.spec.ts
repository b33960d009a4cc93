import fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { applyDockerfile } from '../../lib/extend/apply-dockerfile.js';
import { startBuild } from '../../lib/extend/build.js';
import { openLayout } from '../../lib/layout/open-layout.js';

let work: string;
beforeEach(() => {
  work = fs.mkdtempSync(join(tmpdir(), 'apply-spec-'));
  fs.mkdirSync(join(work, 'rootfs'));
});
afterEach(() => fs.rmSync(work, { recursive: true }));

async function apply(text: string, options: { baseImage?: string; buildArgs?: Record<string, string> } = {}) {
  const [dockerfile, output] = [join(work, 'Dockerfile'), fs.mkdtempSync(join(work, 'output-'))];
  fs.writeFileSync(dockerfile, text);
  const { image } = await applyDockerfile({ dockerfile, rootfs: join(work, 'rootfs'), output, ...options });
  const { config } = openLayout({ directory: output });
  expect(config).toEqual(image.config);
  return { output, user: config.config?.User };
}

describe('USER root in the image that is written', () => {
  const alone = 'ARG base_image\nFROM ${base_image}\nUSER root\n';

  it('is 0 where nothing names a base, for then no /etc/passwd says who that is', async () => {
    expect((await apply(alone)).user).toBe('0');
    expect((await apply(alone.replace('USER root', 'USER www-data'))).user).toBe('www-data');
  });

  it('is root, as BuildKit has it, where the base is named', async () => {
    expect((await apply(alone, { buildArgs: { base_image: 'debian' } })).user).toBe('root');
    expect((await apply('FROM debian\nUSER root\n')).user).toBe('root');
    expect((await apply(alone.replace('ARG base_image', 'ARG base_image=debian'))).user).toBe('root');
    const { output } = await apply(alone);
    expect((await apply(alone, { baseImage: output })).user).toBe('root');
  });
});

it('leaves a root filesystem alone that another build is at work in', async () => {
  const options = { rootfs: join(work, 'rootfs'), layerDir: work };
  const build = await startBuild(options);
  await expect(startBuild(options)).rejects.toThrow(/^Another build is at work in .*rootfs/);
  await expect(apply('FROM scratch\nWORKDIR /srv\n')).rejects.toThrow(/^Another build is at work/);
  expect(fs.readdirSync(options.rootfs)).toEqual([]);
  await build.close();
  await apply('FROM scratch\nWORKDIR /srv\n');
  await expect(startBuild({ ...options, layerDir: join(work, 'missing') })).rejects.toThrow(/ENOENT/);
  await (await startBuild(options)).close();
});
