// Real containers: images of the Docker daemon made of a folder, containers of them with nothing but Docker's
// default privileges, and extended images loaded back.
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { openLayout } from '../../../lib/layout/open-layout.js';
import { readTree, type Tree } from '../../support/tree.js';
import { portableBundle, portableFolder } from './portable.js';

export interface DockerImage {
  name: string;
  /** What a platform calls it. */
  reference: string;
  /** OCI layout with all layers. */
  layout: string;
  /** The directory where a restorer has left the image without its layers. */
  kanikoDir: string;
}

const docker = (...args: string[]) =>
  execFileSync('docker', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }).trim();
const skopeo = (from: string, to: string) =>
  execFileSync('skopeo', ['--insecure-policy', 'copy', '--quiet', from, to]);

/** Tells in one sentence what these specs need where there is no daemon. */
export function expectDocker(): void {
  const { status, stderr } = spawnSync('docker', ['info'], { encoding: 'utf8' });
  if (status !== 0)
    throw new Error(`These specs need a Docker daemon (dockerd --iptables=false --bridge=none &): ${stderr}`);
}

/**
 * Imports a root filesystem.
 * @param options.changes Dockerfile instructions for its config, e.g. `ENV A=1`.
 * @param options.folder an empty folder for its layouts.
 */
export function importImage(options: {
  name: string;
  rootfs: string;
  folder: string;
  changes?: readonly string[];
}): DockerImage {
  const { name, rootfs, folder, changes = [] } = options;
  mkdirSync(folder, { recursive: true });
  const tar = join(folder, 'image.tar');
  execFileSync(
    'tar',
    ['--numeric-owner', '-C', rootfs, '-cf', tar, ...readdirSync(rootfs)].concat('-T', '/dev/null'),
  );
  docker('import', ...changes.flatMap((change) => ['--change', change]), tar, name);
  rmSync(tar);
  const layout = join(folder, 'layout');
  skopeo(`docker-daemon:${name}:latest`, `oci:${layout}:latest`);

  const { manifest, descriptor } = openLayout({ directory: layout });
  const kanikoDir = join(folder, 'kaniko');
  const sparse = join(kanikoDir, 'cache/base', descriptor.digest);
  cpSync(layout, sparse, { recursive: true });
  for (const { digest } of manifest.layers) rmSync(join(sparse, 'blobs', digest.replace(':', '/')));
  return { name, reference: `registry.example/${name}@${descriptor.digest}`, layout, kanikoDir };
}

/**
 * Puts the base image's layers into a copy of the extended one's layout and loads it into Docker.
 * @param options.extended folder of the layout.
 * @param options.folder a new one, for the copy.
 */
export function loadExtended(options: {
  extended: string;
  base: DockerImage;
  name: string;
  folder: string;
}): DockerImage {
  const { extended, base, name, folder: layout } = options;
  for (const directory of [extended, base.layout]) {
    cpSync(join(directory, 'blobs'), join(layout, 'blobs'), { recursive: true });
  }
  for (const file of ['oci-layout', 'index.json']) cpSync(join(extended, file), join(layout, file));
  const archive = `${layout}.tar`;
  skopeo(`oci:${layout}`, `docker-archive:${archive}:${name}:latest`);
  docker('load', '--quiet', '--input', archive);
  rmSync(archive);
  return { ...base, name, layout };
}

/** Removes images, those that failed to be made aside. */
export function removeImages(images: readonly (DockerImage | undefined)[]): void {
  for (const image of images) if (image) docker('rmi', '--force', image.name);
}

export interface Container {
  /** Starts it and waits for its end. */
  run(): { status: number; stdout: string; stderr: string };
  /** What `docker diff` tells: `A /path`, `C /path`, `D /path`, sorted. */
  diff(): string[];
  /** Copies a folder into it. */
  copyIn(from: string, to: string): void;
  /** Everything in its root filesystem, mounts aside. */
  tree(): Tree;
  remove(): void;
}

/**
 * Makes a container with Docker's default capabilities and seccomp filter, and the network of this machine.
 * @param options.mounts host paths by where they are to be; the portable folder comes by itself, read-only.
 */
export function createContainer(options: {
  image: DockerImage;
  argv: readonly string[];
  mounts?: Readonly<Record<string, string>>;
  env?: Readonly<Record<string, string>>;
  /** Of `docker create`. */
  flags?: readonly string[];
  /** Whether the portable folder is mounted; by default it is. */
  portable?: boolean;
}): Container {
  const { image, argv, mounts = {}, env = {}, flags = [], portable = true } = options;
  const volumes = [
    ...(portable ? [`${portableBundle()}:${portableFolder}:ro`] : []),
    ...Object.entries(mounts).map(([target, source]) => `${source}:${target}`),
  ];
  const id = docker(
    'create',
    '--network=host',
    ...volumes.flatMap((volume) => ['--volume', volume]),
    ...Object.entries(env).flatMap(([name, value]) => ['--env', `${name}=${value}`]),
    ...flags,
    image.name,
    ...argv,
  );
  return {
    run() {
      const { status, stdout, stderr } = spawnSync('docker', ['start', '--attach', id], {
        encoding: 'utf8',
        maxBuffer: 64 * 1024 * 1024,
      });
      return { status: status ?? 1, stdout, stderr };
    },
    diff: () => docker('diff', id).split('\n').filter(Boolean).sort(),
    copyIn: (from, to) => docker('cp', '--archive', from, `${id}:${to}`),
    tree() {
      const layers = JSON.parse(docker('inspect', '--format', '{{json .GraphDriver.Data}}', id));
      return readOverlay([layers.UpperDir, ...layers.LowerDir.split(':')]);
    },
    remove: () => docker('rm', '--force', '--volumes', id),
  };
}

/** Runs one command in a container of its own. */
export function runOnce(options: Parameters<typeof createContainer>[0]) {
  const container = createContainer(options);
  try {
    return container.run();
  } finally {
    container.remove();
  }
}

/** The root filesystem of an image. */
export function imageTree({ name }: DockerImage): Tree {
  const layers = JSON.parse(docker('inspect', '--format', '{{json .GraphDriver.Data}}', name));
  return readOverlay([layers.UpperDir, ...(layers.LowerDir?.split(':') ?? [])]);
}

/** @param folders of an overlay, the uppermost first. */
function readOverlay(folders: string[]): Tree {
  const point = mkdtempSync('build/e2e/overlay-');
  // One folder alone is no overlay: an empty one below it changes nothing.
  const lower = folders.length > 1 ? folders : [...folders, mkdtempSync(`${point}-`)];
  try {
    execFileSync('mount', ['-t', 'overlay', '-o', `ro,lowerdir=${lower.join(':')}`, 'overlay', point]);
    try {
      return readTree(point);
    } finally {
      execFileSync('umount', [point]);
    }
  } finally {
    for (const path of [point, ...lower.filter((path) => path.startsWith(`${point}-`))])
      rmSync(path, { recursive: true });
  }
}
