// The main job: one Dockerfile, applied to a root filesystem, its layers written as an OCI image layout.
import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { inspectRunDockerfile } from '../dockerfile/inspect-run-dockerfile.js';
import type { Dockerfile } from '../dockerfile/instruction.js';
import { parseDockerfile } from '../dockerfile/parse.js';
import type { Image } from '../image/image.js';
import type { Digest } from '../image/manifest.js';
import { withRootByNumber } from '../image/root-by-number.js';
import { openLayoutFolder } from '../layout/layout-folder.js';
import { openLayout } from '../layout/open-layout.js';
import { writeLayout } from '../layout/write-layout.js';
import { UsageError } from '../report/usage-error.js';
import { checkFolder, kindOf } from '../rootfs/check-folder.js';
import { type BuildOptions, type BuiltLayer, type DockerfileInput, startBuild } from './build.js';

export interface ApplyDockerfileOptions extends Omit<BuildOptions, 'base' | 'layerDir'> {
  /** Path of the Dockerfile. */
  dockerfile: string;
  /** The build context; by default the Dockerfile's folder. */
  context?: string;
  /** Folder of the OCI image layout to write: config, manifest and the new layers only. */
  output: string;
  /** Folder of an OCI image layout of the image that the rootfs came from; its layers may be absent. */
  baseImage?: string;
  buildArgs?: Readonly<Record<string, string>>;
  namedContexts?: DockerfileInput['namedContexts'];
}

export interface AppliedDockerfile {
  image: Image;
  /** The new layers, lowest first; their files are blobs of the output. */
  layers: readonly BuiltLayer[];
  manifestDigest: Digest;
}

/**
 * Applies a Dockerfile and writes the image that results. Where nothing names the base, neither
 * `baseImage` nor a build arg `base_image` nor FROM, the image stands alone, and `USER root` is written in it as `0`. The
 * rootfs keeps what the instructions did even
 * where a later one fails; the output is there whole or not at all.
 * @throws UsageError before anything is changed; DockerfileError and InstructionError; other Errors with a
 *   sentence; the signal's reason if aborted.
 */
export async function applyDockerfile(options: ApplyDockerfileOptions): Promise<AppliedDockerfile> {
  const { dockerfile, context = dirname(dockerfile), baseImage, namedContexts } = options;
  checkFolder('root filesystem', options.rootfs);
  checkFolder('build context', context);
  for (const [name, folder] of namedContexts ?? []) checkFolder(`build context '${name}'`, folder);
  const parsed = readDockerfile(dockerfile);
  const base = baseImage === undefined ? undefined : openBase(baseImage);
  const directory = resolve(options.output);
  const folder = openLayoutFolder(directory);
  try {
    const build = await startBuild({ ...options, layerDir: directory, ...(base && { base: base.image }) });
    try {
      const buildArgs = { base_image: base?.name ?? 'rootfs', ...options.buildArgs };
      const input = {
        path: dockerfile,
        dockerfile: parsed,
        context,
        buildArgs,
        ...(namedContexts && { namedContexts }),
      };
      const standsAlone =
        base === undefined && options.buildArgs?.base_image === undefined && namesNoBase(parsed);
      const layers = await build.apply(input);
      await build.restore();
      const config = standsAlone ? withRootByNumber(build.image.config) : build.image.config;
      const { layers: descriptors } = build.image;
      const kept = descriptors.slice(0, descriptors.length - layers.length);
      const { manifestDigest } = writeLayout({ directory, config, layers: [...kept, ...layers] });
      return { image: { ...build.image, config }, layers, manifestDigest };
    } finally {
      await build.close();
    }
  } catch (error) {
    folder.discard();
    throw error;
  }
}

function readDockerfile(path: string): Dockerfile {
  if (kindOf('Dockerfile', path) !== 'other') throw new UsageError(`There is no Dockerfile at ${path}.`);
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    throw new UsageError(`The Dockerfile ${path} cannot be read: ${(error as Error).message}.`);
  }
  return parseDockerfile({ text, name: path });
}

/** Whether FROM leaves it to the build arg `base_image` alone. */
function namesNoBase(dockerfile: Dockerfile): boolean {
  const hasDefault = dockerfile.instructions.some(
    (instruction) =>
      instruction.keyword === 'ARG' &&
      instruction.args.some(({ name, value }) => name === 'base_image' && value !== undefined),
  );
  return inspectRunDockerfile({ dockerfile }).base === undefined && !hasDefault;
}

function openBase(directory: string): { image: Image; name: string } {
  checkFolder('base image', directory);
  const { config, manifest, descriptor } = openLayout({ directory });
  return { image: { config, layers: manifest.layers }, name: descriptor.digest };
}
