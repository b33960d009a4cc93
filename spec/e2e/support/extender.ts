// The extender in a container of a test image, with the volumes that a platform mounts.
import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { TestImage } from './base-image.js';
import { programBinds, runContainer, upperFolder } from './container.js';
import { debianRootfs } from './debian.js';

/** What nobody but the phases that need it may see. */
export const secret = 'a-registry-secret';

export interface Volumes {
  '/layers': string;
  '/workspace': string;
  '/kaniko': string;
}

/**
 * The volumes as the phases before the extender leave them, below one folder.
 * @param options.generated the files of the generated directory.
 */
export function makeVolumes(options: {
  folder: string;
  image: Pick<TestImage, 'reference' | 'kanikoDir'>;
  extensions: readonly string[];
  generated: Record<string, string>;
}): Volumes {
  const { folder, image, extensions, generated } = options;
  const layers = join(folder, 'layers');
  const app = join(folder, 'workspace');
  const write = (path: string, text: string) => {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  };
  const images = ['build', 'run'].map((kind) => `[${kind}-image]\nreference = "${image.reference}"\n`);
  write(join(layers, 'analyzed.toml'), images.join(''));
  const group = extensions.map((id) => `[[group-extensions]]\nid = "${id}"\nversion = "1"\napi = "0.10"\n`);
  write(join(layers, 'group.toml'), group.join(''));
  write(join(app, 'app-file'), 'from the app\n');
  for (const [name, text] of Object.entries(generated)) write(join(layers, 'generated', name), text);
  return { '/layers': layers, '/workspace': app, '/kaniko': image.kanikoDir };
}

/** Runs a command of ours in a new container. `upper` of the result shows what it changed outside the volumes. */
export function runInImage(options: {
  folder: string;
  image: TestImage;
  api: string;
  volumes: Volumes;
  argv: readonly string[];
  /** A script to stand in for the lifecycle's builder. */
  builder?: string;
}) {
  const { folder, image, api, volumes, argv, builder = '#!/bin/sh\n' } = options;
  const upper = upperFolder(folder);
  cpSync(image.additions, upper, { recursive: true });
  mkdirSync(join(upper, 'cnb/lifecycle'), { recursive: true });
  writeFileSync(join(upper, 'cnb/lifecycle/builder'), builder, { mode: 0o755 });
  const result = runContainer({
    rootfs: debianRootfs(),
    folder,
    binds: { ...programBinds, ...volumes },
    env: {
      PATH: '/usr/local/bin:/usr/bin:/bin',
      HOME: '/root',
      CNB_PLATFORM_API: api,
      CNB_REGISTRY_AUTH: secret,
      DOCKER_CONFIG: '/a-docker-config',
    },
    argv: [`/opt/extender/bin/${argv[0]}`, ...argv.slice(1)],
  });
  return { ...result, upper };
}
