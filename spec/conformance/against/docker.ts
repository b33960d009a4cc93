// Docker, through `docker build`: the classic builder, or with DOCKER_BUILDKIT=1 the BuildKit inside dockerd.
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { ImageConfig } from '../../../lib/image/config.js';
import { baseConfig } from '../base.js';
import { packRoot } from './base-layout.js';
import { type Builder, flags, output, secretFlags, untar } from './builder.js';

const buildKit = process.env.DOCKER_BUILDKIT === '1';

export const docker: Builder = {
  lacks: buildKit ? ['namedContexts'] : ['namedContexts', 'secrets'],
  neverWrites: ['ArgsEscaped'],

  async version() {
    const version = (await output('docker', ['version', '--format', '{{.Server.Version}}'])).trim();
    return `docker ${version} (${buildKit ? 'its BuildKit' : 'classic builder'})`;
  },

  async prepare(baseRoot, workDir) {
    const file = join(workDir, 'base.tar');
    await packRoot(baseRoot, file);
    const changes = [
      ...baseConfig.Env!.map((variable) => `ENV ${variable}`),
      `CMD ${JSON.stringify(baseConfig.Cmd)}`,
      ...Object.entries(baseConfig.Labels!).map(([key, value]) => `LABEL ${key}=${value}`),
    ];
    await output('docker', ['import', ...changes.flatMap((change) => ['--change', change]), file, 'base']);
  },

  async build(stage, root) {
    const idFile = join(stage.directory, 'image-id');
    const saved = join(stage.directory, 'saved');
    mkdirSync(saved);
    await output('docker', [
      'build',
      '--no-cache',
      '--force-rm',
      '--network=host',
      `--file=${stage.dockerfile}`,
      `--iidfile=${idFile}`,
      ...flags('--build-arg', stage.buildArgs),
      ...secretFlags(stage),
      stage.context,
    ]);
    const id = readFileSync(idFile, 'utf8').trim();
    await output('docker', ['save', '--output', join(saved, 'image.tar'), id]);
    await output('docker', ['rmi', '--force', id]);
    await untar(join(saved, 'image.tar'), saved);
    const read = (name: string): unknown => JSON.parse(readFileSync(join(saved, name), 'utf8')) as unknown;
    const [image] = read('manifest.json') as { Config: string; Layers: string[] }[];
    for (const layer of image!.Layers) await applyTar(join(saved, layer), root);
    return read(image!.Config) as ImageConfig;
  },
};

/** Applies a layer's tar the plain way, so that what is held against our own code does not use it. */
async function applyTar(file: string, root: string): Promise<void> {
  for (const entry of (await output('tar', ['-tf', file])).split('\n')) {
    const name = basename(entry);
    const folder = join(root, dirname(entry));
    if (!name.startsWith('.wh.')) {
      const isFile = entry !== '' && !entry.endsWith('/');
      if (isFile && existsSync(join(root, entry, '.'))) {
        rmSync(join(root, entry), { recursive: true });
      }
      continue;
    }
    if (name === '.wh..wh..opq') await output('find', [folder, '-mindepth', '1', '-delete']);
    else rmSync(join(folder, name.slice('.wh.'.length)), { recursive: true, force: true });
  }
  await untar(file, root, '--exclude=.wh.*');
}
