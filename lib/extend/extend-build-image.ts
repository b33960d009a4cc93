// Kind build: extends the build image in place, for the build phase that follows in it.
import type { ImageConfig } from '../image/config.js';
import type { Image } from '../image/image.js';
import type { Digest } from '../image/manifest.js';
import { blobPath } from '../layout/blobs.js';
import { writeLayout } from '../layout/write-layout.js';
import { applyExtensions, type ExtensionOptions } from './apply-extensions.js';
import type { BuiltLayer } from './build.js';
import { imageEnvironment } from './image-environment.js';
import type { ExtenderInputs } from './inputs.js';
import { identityOf } from './user-rule.js';

/** The extended build image, and what the build phase is to run with. */
export interface ExtendedBuildImage {
  image: Image;
  /** The new layers, lowest first; their files exist where an output was asked for. */
  layers: (Omit<BuiltLayer, 'file'> & { file?: string })[];
  /** Digest of the manifest in the output. */
  digest?: Digest;
  /** The image's variables. */
  environment: Record<string, string>;
  /** Who builds; 0, which `dropPrivileges` refuses, where nobody says. */
  uid: number;
  gid: number;
}

/**
 * Extends the build image, in whose root filesystem this runs as root. The build phase comes next: give the
 * layers directory to the user (`ownTree`), then `dropPrivileges`.
 *
 * With an output, the image is also kept there as a sparse layout, to be restored in another container of the
 * same build image (`restoreLayers`) before privileges drop there.
 * @param options.output folder of the layout.
 * @param options.uid who builds, `options.gid` likewise; by default CNB_USER_ID and CNB_GROUP_ID of the image,
 * or else its USER.
 * @throws LifecycleError; the signal's reason where that aborts.
 */
export async function extendBuildImage(
  options: ExtensionOptions & Partial<Pick<ExtenderInputs, 'output' | 'uid' | 'gid'>>,
): Promise<ExtendedBuildImage> {
  const { kanikoDir, output, rootfs = '/' } = options;
  // Layers that nobody will read are not worth compressing.
  const compression = output === undefined ? 'none' : options.compression;
  const { applied, ...kept } = await applyExtensions({
    ...options,
    ...(compression && { compression }),
    kind: 'build',
    workParent: kanikoDir,
    use: async (applied) => ({ applied, ...(output !== undefined && keep(output, applied)) }),
  });
  return {
    image: applied.image,
    layers: applied.layers.map(({ file: _, ...layer }) => ({
      ...layer,
      ...(output !== undefined && { file: blobPath(output, layer.digest) }),
    })),
    ...kept,
    environment: imageEnvironment(applied.image.config),
    ...builderIdentity(applied.image.config, { ...options, rootfs }),
  };
}

function keep(directory: string, applied: { image: Image; layers: BuiltLayer[] }): { digest: Digest } {
  const { config, layers } = applied.image;
  const base = layers.slice(0, layers.length - applied.layers.length);
  const { manifestDigest } = writeLayout({ directory, config, layers: [...base, ...applied.layers] });
  return { digest: manifestDigest };
}

/** Who the build phase runs as: https://github.com/buildpacks/spec/blob/main/platform.md#build-image */
function builderIdentity(
  config: ImageConfig,
  given: { uid?: number; gid?: number; rootfs: string },
): { uid: number; gid: number } {
  const environment = imageEnvironment(config);
  const user = identityOf(config, given.rootfs);
  return {
    uid: given.uid ?? idOf(environment.CNB_USER_ID) ?? user?.uid ?? 0,
    gid: given.gid ?? idOf(environment.CNB_GROUP_ID) ?? user?.gid ?? 0,
  };
}

function idOf(word: string | undefined): number | undefined {
  return word !== undefined && /^\d+$/.test(word) ? Number(word) : undefined;
}
