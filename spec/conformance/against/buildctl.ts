// BuildKit itself, through `buildctl` and the daemon that BUILDKIT_HOST names.
import { mkdirSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { ImageConfig } from '../../../lib/image/config.js';
import { makeBaseLayout } from './base-layout.js';
import { type Builder, flags, output, secretFlags, untar } from './builder.js';

let layout: { directory: string; digest: string };

export const buildctl: Builder = {
  lacks: [],
  neverWrites: [],

  async version() {
    const workers = await output('buildctl', ['debug', 'info']);
    return `buildkit ${/BuildKit:\s*\S+\s+(\S+)/.exec(workers)?.[1] ?? workers.trim()}`;
  },

  async prepare(baseRoot, workDir) {
    layout = await makeBaseLayout(baseRoot, join(workDir, 'layout'));
  },

  async build(stage, root) {
    const result = join(stage.directory, 'result');
    mkdirSync(result);
    const named = Object.fromEntries(Object.keys(stage.namedContexts).map((name) => [name, `local:${name}`]));
    await output('buildctl', [
      'build',
      '--progress=plain',
      '--no-cache',
      '--allow=network.host',
      '--frontend=dockerfile.v0',
      `--local=context=${stage.context}`,
      `--local=dockerfile=${dirname(stage.dockerfile)}`,
      `--opt=filename=${basename(stage.dockerfile)}`,
      `--oci-layout=base=${layout.directory}`,
      `--opt=context:base=oci-layout://base@${layout.digest}`,
      ...flags('--local', stage.namedContexts),
      ...flags('--opt', named, 'context:'),
      ...flags('--opt', stage.buildArgs, 'build-arg:'),
      ...secretFlags(stage),
      `--output=type=tar,dest=${join(result, 'rootfs.tar')}`,
      `--output=type=oci,tar=false,dest=${join(result, 'image')}`,
    ]);
    await untar(join(result, 'rootfs.tar'), root);
    return readConfig(join(result, 'image'));
  },
};

/** The config of the one image in an OCI layout. */
async function readConfig(directory: string): Promise<ImageConfig> {
  const read = async (path: string): Promise<unknown> =>
    JSON.parse(await output('cat', [join(directory, path)])) as unknown;
  const blob = (digest: string): string => join('blobs', digest.replace(':', '/'));
  const index = (await read('index.json')) as { manifests: { digest: string }[] };
  const manifest = (await read(blob(index.manifests[0]!.digest))) as { config: { digest: string } };
  return (await read(blob(manifest.config.digest))) as ImageConfig;
}
