// Buildah, with a storage of its own below the work folder.
import { join } from 'node:path';
import type { ImageConfig } from '../../../lib/image/config.js';
import { makeBaseLayout } from './base-layout.js';
import { type Builder, flags, output, secretFlags } from './builder.js';

let storage: string[];

const run = (...args: string[]): Promise<string> => output('buildah', [...storage, ...args]);

export const buildah: Builder = {
  lacks: [],
  neverWrites: ['ArgsEscaped'],

  version: async () => `buildah ${/version ([\d.]+)/.exec(await output('buildah', ['--version']))?.[1]}`,

  async prepare(baseRoot, workDir) {
    storage = [
      `--root=${join(workDir, 'storage')}`,
      `--runroot=${join(workDir, 'run')}`,
      '--storage-driver=vfs',
    ];
    const { directory } = await makeBaseLayout(baseRoot, join(workDir, 'layout'));
    const id = (await run('pull', '--quiet', `oci:${directory}`)).trim();
    await run('tag', id, 'localhost/base:latest');
  },

  async build(stage, root) {
    const name = `localhost/built-${Math.random().toString(36).slice(2)}`;
    await run(
      'build',
      '--no-cache',
      '--pull-never',
      '--format=docker',
      '--identity-label=false',
      '--network=host',
      `--file=${stage.dockerfile}`,
      `--tag=${name}`,
      ...flags('--build-arg', stage.buildArgs),
      ...flags('--build-context', stage.namedContexts),
      ...secretFlags(stage),
      stage.context,
    );
    const image = JSON.parse(await run('inspect', '--type=image', name)) as { Docker: ImageConfig };
    const container = (await run('from', '--pull-never', name)).trim();
    const mounted = (await run('mount', container)).trim();
    await output('cp', ['-a', `${mounted}/.`, root]);
    await run('rm', container);
    await run('rmi', '--force', name);
    return image.Docker;
  },
};
