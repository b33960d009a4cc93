// What a platform has when it calls the extender: volumes, the files of earlier phases, a base image.
import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { ExtensionOptions } from '../../../lib/extend/apply-extensions.js';
import type { ContainerConfig, HistoryEntry, ImageConfig } from '../../../lib/image/config.js';
import { digestOf } from '../../../lib/image/digest.js';
import { type Descriptor, mediaTypes } from '../../../lib/image/manifest.js';
import { writeLayout } from '../../../lib/layout/write-layout.js';
import { folderWith } from './folder.js';

/** Two layers, of which the upper occurs twice. */
const layers: Descriptor[] = ['lower', 'upper', 'upper'].map((name) => ({
  mediaType: `${mediaTypes.layer}+gzip`,
  digest: digestOf(name),
  size: name.length,
}));

export interface Platform {
  folder: string;
  options: Omit<Required<Pick<ExtensionOptions, 'rootfs'>> & ExtensionOptions, 'kind'> & { extended: string };
  write(path: string, text: string): void;
}

/**
 * Volumes below one folder, for Platform API 0.13.
 * @param options.dockerfiles by `<extension>/<file>`; the group is their extensions in order.
 */
export function makePlatform(options: {
  rootfs: string;
  dockerfiles: Record<string, string>;
  config?: ContainerConfig;
  history?: HistoryEntry[];
}): Platform {
  const folder = folderWith({ 'layers/generated': null, 'workspace/app-file': 'from the app\n' });
  const inLayers = (name: string) => join(folder, 'layers', name);
  const write = (path: string, text: string) => {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  };
  for (const [name, text] of Object.entries(options.dockerfiles)) write(`layers/generated/${name}`, text);
  const ids = new Set(Object.keys(options.dockerfiles).map((name) => name.split('/')[0]!));
  write(
    'layers/group.toml',
    [...ids].map((id) => `[[group-extensions]]\nid = "${id}"\napi = "0.10"\n`).join(''),
  );
  const config: ImageConfig = {
    architecture: 'amd64',
    os: 'linux',
    created: '2024-01-01T00:00:00Z',
    config: { User: '1000:1000', Env: ['PATH=/bin', 'OPTS=-Da=b'], ...options.config },
    rootfs: { type: 'layers', diff_ids: layers.map(({ digest }) => digest) },
    ...(options.history && { history: options.history }),
  };
  const cache = join(folder, 'kaniko/cache/base');
  const { manifestDigest } = writeLayout({ directory: join(cache, 'new'), config, layers });
  renameSync(join(cache, 'new'), join(cache, manifestDigest));
  const images = ['build', 'run'].map((kind) => `[${kind}-image]\nreference = "base@${manifestDigest}"\n`);
  write('layers/analyzed.toml', images.join(''));
  return {
    folder,
    write,
    options: {
      platformApi: '0.13',
      analyzed: inLayers('analyzed.toml'),
      app: join(folder, 'workspace'),
      extended: inLayers('extended'),
      generated: inLayers('generated'),
      group: inLayers('group.toml'),
      kanikoDir: join(folder, 'kaniko'),
      layers: join(folder, 'layers'),
      platform: join(folder, 'platform'),
      compression: 'none',
      rootfs: options.rootfs,
    },
  };
}

/** A Dockerfile of an extension with these instructions. */
export const dockerfile = (...instructions: string[]) =>
  `ARG base_image\nFROM \${base_image}\n${instructions.join('\n')}\n`;
