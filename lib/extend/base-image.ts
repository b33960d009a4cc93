// The image that the root filesystem came from, as the restorer left it: an OCI layout that may lack the layers.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { isDigest } from '../image/digest.js';
import type { Image } from '../image/image.js';
import { openLayout } from '../layout/open-layout.js';
import type { ExtensionKind } from './group.js';
import { LifecycleError, messageOf } from './lifecycle-error.js';

/**
 * Reads the base image from `<kanikoDir>/cache/base/<digest>`. Its layers are known by position: an image may
 * well hold the same layer twice.
 * @param options.reference digest reference out of analyzed.toml.
 * @throws LifecycleError (`extend`) that says where it looked and who should have put the image there.
 */
export function findBaseImage(options: { reference: string; kind: ExtensionKind; kanikoDir: string }): Image {
  const { reference, kind, kanikoDir } = options;
  const digest = reference.slice(reference.lastIndexOf('@') + 1);
  if (!isDigest(digest)) {
    throw new LifecycleError(
      'extend',
      `analyzed.toml names the ${kind} image '${reference}', but not by digest (name@sha256:…): the restorer puts ` +
        'digests in place of tags and daemon ids, so run it before the extender.',
    );
  }
  const directory = join(kanikoDir, 'cache', 'base', digest);
  if (!existsSync(directory)) {
    throw new LifecycleError(
      'extend',
      `There is no ${kind} image to extend at ${directory}. The restorer puts its manifest and config there` +
        `${kind === 'build' ? ' when it is given -build-image' : ''}: run it with the same volume at ${kanikoDir}, or see -kaniko-dir.`,
    );
  }
  try {
    const layout = openLayout({ directory });
    if (layout.descriptor.digest !== digest) {
      throw new Error(`${directory} holds the image ${layout.descriptor.digest} instead.`);
    }
    return { config: layout.config, layers: layout.manifest.layers };
  } catch (error) {
    throw new LifecycleError('extend', `Cannot read the ${kind} image to extend: ${messageOf(error)}`, {
      cause: error,
    });
  }
}
