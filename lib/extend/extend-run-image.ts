// Kind run: extends the run image and leaves it for the exporter as a sparse layout, <extended>/run/<digest>.
import { readdir, rename, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Image } from '../image/image.js';
import type { Digest } from '../image/manifest.js';
import { blobPath } from '../layout/blobs.js';
import { writeLayout } from '../layout/write-layout.js';
import { silentLogger } from '../report/logger.js';
import { makeFolders } from '../rootfs/make-folders.js';
import { type AppliedExtensions, applyExtensions, type ExtensionOptions } from './apply-extensions.js';
import type { BuiltLayer } from './build.js';
import { imageEnvironment } from './image-environment.js';
import type { ExtenderInputs } from './inputs.js';
import { identityOf } from './user-rule.js';

/** An extended image, and what a process in it has. */
export interface ExtendedRunImage extends AppliedExtensions {
  /** Digest of the manifest. */
  digest: Digest;
  /** Path of the layout: manifest, config and the new layers only. */
  layout: string;
  environment: Record<string, string>;
  /** Who its containers run as; absent where the root filesystem does not know the name. */
  uid?: number;
  gid?: number;
}

/**
 * Extends the run image, in whose root filesystem this runs.
 *
 * The layout appears whole or not at all, and alone: the exporter refuses a folder with more than one image.
 * @throws LifecycleError; the signal's reason where that aborts.
 */
export async function extendRunImage(
  options: ExtensionOptions & Pick<ExtenderInputs, 'extended'>,
): Promise<ExtendedRunImage> {
  const { extended, rootfs = '/', logger = silentLogger } = options;
  const { image, layers, ...place } = await applyExtensions({
    ...options,
    kind: 'run',
    workParent: extended,
    output: extended,
    use: async (applied, workDir) => ({
      ...applied,
      ...(await publish({ ...applied, extended, staging: join(workDir, 'image') })),
    }),
  });
  logger.info(`The extended run image is ${place.layout}`);
  return {
    image,
    layers: layers.map((layer) => ({ ...layer, file: blobPath(place.layout, layer.digest) })),
    ...place,
    environment: imageEnvironment(image.config),
    ...identityOf(image.config, rootfs),
  };
}

async function publish(options: {
  image: Image;
  layers: readonly BuiltLayer[];
  extended: string;
  staging: string;
}): Promise<{ digest: Digest; layout: string }> {
  const { image, layers, extended, staging } = options;
  const kept = image.layers.slice(0, image.layers.length - layers.length);
  const { manifestDigest: digest } = writeLayout({
    directory: staging,
    config: image.config,
    layers: [...kept, ...layers],
  });
  const folder = join(extended, 'run');
  const layout = join(folder, digest);
  makeFolders(resolve(folder));
  for (const name of await readdir(folder)) await rm(join(folder, name), { recursive: true });
  await rename(staging, layout);
  return { digest, layout };
}
