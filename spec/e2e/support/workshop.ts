// The extender at work in Docker containers: an extension's Dockerfile applied, the image that comes of it, and how
// both compare.
import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { compareTrees, type Tree } from '../../support/tree.js';
import {
  type Container,
  createContainer,
  type DockerImage,
  expectDocker,
  imageTree,
  loadExtended,
  removeImages,
} from './docker.js';
import { makeVolumes } from './extender.js';

export interface Extended {
  container: Container;
  status: number;
  stdout: string;
  stderr: string;
  /** Host paths of the volumes. */
  layers: string;
  mounts: Readonly<Record<string, string>>;
}

/** What Docker itself puts into a container, and the folders that hold a mount, whose times are those of Docker. */
const ofDocker = [
  '/',
  '/dev',
  '/etc',
  '/.dockerenv',
  '/etc/hosts',
  '/etc/hostname',
  '/etc/resolv.conf',
  '/etc/mtab',
];
const ofPlatform = ['/cnb', '/layers', '/workspace', '/kaniko', '/dev', '/proc', '/sys'];

/** Folder of the layout that extending a run image made. */
export function extendedLayout({ layers }: Extended): string {
  const run = join(layers, 'extended/run');
  return join(run, readdirSync(run)[0]!);
}

/** A place for extenders at work. @param folder a new one, which `close` removes. */
export function openWorkshop(folder: string) {
  const containers: Container[] = [];
  const images: DockerImage[] = [];
  let runs = 0;
  expectDocker();
  mkdirSync(folder, { recursive: true });

  const create = (options: Parameters<typeof createContainer>[0]): Container => {
    const container = createContainer(options);
    containers.push(container);
    return container;
  };

  /**
   * Applies an extension's Dockerfile in a new container.
   * @param options.context fills the context.
   * @param options.readOnly volumes to mount so.
   * @param options.prepare is called with the container before it starts.
   */
  const extend = (options: {
    image: DockerImage;
    kind?: 'build' | 'run';
    instructions: string;
    context?: (folder: string) => void;
    readOnly?: readonly string[];
    prepare?: (container: Container) => void;
    container?: Partial<Parameters<typeof createContainer>[0]>;
  }): Extended => {
    const { image, kind = 'run', instructions, readOnly = [] } = options;
    const volumes = makeVolumes({
      folder: join(folder, String(++runs)),
      image,
      extensions: ['one'],
      generated: { [`one/${kind}.Dockerfile`]: `ARG base_image\nFROM \${base_image}\n${instructions}\n` },
    });
    const layers = volumes['/layers'];
    const context = join(layers, `generated/one/context.${kind}`);
    mkdirSync(context);
    options.context?.(context);
    const mounts = { ...volumes, ...options.container?.mounts };
    const container = create({
      image,
      argv: ['/cnb/extender/bin/extender', '-kind', kind, '-uid', '1000', '-gid', '1000'],
      ...options.container,
      mounts: Object.fromEntries(
        Object.entries(mounts).map(([target, source]) => [
          readOnly.includes(target) ? `${target}:ro` : target,
          source,
        ]),
      ),
      env: { CNB_PLATFORM_API: '0.13', ...options.container?.env },
    });
    options.prepare?.(container);
    return { container, ...container.run(), layers, mounts };
  };

  /** The extended run image, out of the layers volume, in Docker. */
  const load = (made: Extended, base: DockerImage): DockerImage => {
    const name = `extender-e2e-extended-${process.pid}-${runs}`;
    const image = loadExtended({ extended: extendedLayout(made), base, name, folder: join(folder, name) });
    images.push(image);
    return image;
  };

  /** Sentences on where an image's files differ from those that the Dockerfile left in the container. */
  const differences = ({ container }: Extended, extended: DockerImage): string[] => {
    const common = (tree: Tree): Tree =>
      new Map(
        [...tree].filter(
          ([path]) => !ofDocker.includes(path) && !ofPlatform.some((one) => `${path}/`.startsWith(`${one}/`)),
        ),
      );
    return compareTrees(common(imageTree(extended)), common(container.tree())).slice(0, 20);
  };

  /** What `docker diff` tells beyond what starting any container with these mounts would. */
  const changes = ({ container, mounts }: Extended, base: DockerImage): string[] => {
    const idle = create({ image: base, argv: ['/cnb/extender/bin/extender', '-version'], mounts });
    idle.run();
    const before = idle.diff();
    return container.diff().filter((line) => !before.includes(line));
  };

  return {
    create,
    extend,
    load,
    differences,
    changes,
    /** Removes containers and extended images. */
    clear() {
      for (const container of containers.splice(0)) container.remove();
      removeImages(images.splice(0));
    },
    close: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** `0 `, or the status with what was said on stderr: for an expectation that explains itself. */
export const outcome = ({ status, stderr }: Extended, expected = 0): string =>
  `${status} ${status === expected ? '' : stderr}`;
