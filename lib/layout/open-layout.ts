// Reads an OCI image layout: the image for a platform, with whichever of its layers are there.
import fs from 'node:fs';
import { join } from 'node:path';
import type { ImageConfig } from '../image/config.js';
import type { Descriptor, Digest, Index, Manifest } from '../image/manifest.js';
import { blobPath, fileSize, readDocument, readJsonFile } from './blobs.js';
import { configShape, indexShape, manifestShape } from './shapes.js';

export interface LayoutLayer {
  descriptor: Descriptor;
  /** Of the uncompressed tar, as the config says. */
  diffID: Digest;
  /** Undefined where the layout does not hold the layer itself (a sparse layout). */
  file: string | undefined;
}

export interface Layout {
  directory: string;
  /** The manifest's own descriptor. */
  descriptor: Descriptor;
  manifest: Manifest;
  config: ImageConfig;
  /** From the lowest up. */
  layers: LayoutLayer[];
}

export interface Platform {
  os: string;
  architecture: string;
  variant?: string;
}

/** How deep indexes may lie in indexes. */
const deepestNesting = 5;
const nodeArchitectures: Record<string, string> = { x64: 'amd64', ia32: '386', ppc64: 'ppc64le' };
const indexType = /index|manifest\.list/;

/** The platform that this program runs on, in OCI's words. */
export function hostPlatform(): Platform {
  return { os: 'linux', architecture: nodeArchitectures[process.arch] ?? process.arch };
}

/**
 * Reads an image's documents, verifying size and digest of each; of layers that are there the size only
 * (`restoreLayers` verifies digests).
 * @param options.directory the layout
 * @param options.platform which image of several; the host's by default
 * @throws Error with a sentence where it is no layout, damaged, or has no image for the platform
 */
export function openLayout(options: { directory: string; platform?: Platform }): Layout {
  const { directory, platform = hostPlatform() } = options;
  if (!fs.existsSync(join(directory, 'index.json')) || !fs.existsSync(join(directory, 'oci-layout')))
    throw new Error(`${directory} is not an OCI image layout: it lacks index.json or oci-layout.`);
  const descriptor = chooseManifest(
    directory,
    readJsonFile<Index>(join(directory, 'index.json'), indexShape),
    platform,
    0,
  );
  if (descriptor === undefined)
    throw new Error(`The layout ${directory} has no image for ${platform.os}/${platform.architecture}.`);
  const manifest = readDocument<Manifest>(directory, descriptor, manifestShape);
  const config = readDocument<ImageConfig>(directory, manifest.config, configShape);
  const diffIDs = config.rootfs.diff_ids;
  if (diffIDs.length !== manifest.layers.length)
    throw new Error(
      `The image in ${directory} contradicts itself: its manifest has ${manifest.layers.length} layers, its config ${diffIDs.length}.`,
    );
  const layers = manifest.layers.map((layer, index) => ({
    descriptor: layer,
    diffID: diffIDs[index] as Digest,
    file: presentBlob(directory, layer),
  }));
  return { directory, descriptor, manifest, config, layers };
}

function chooseManifest(
  directory: string,
  index: Index,
  platform: Platform,
  depth: number,
): Descriptor | undefined {
  if (depth > deepestNesting) throw new Error(`The indexes in ${directory} are nested too deeply.`);
  const images = index.manifests.filter((one) => one.platform?.architecture !== 'unknown');
  const fitting = images.filter((one) => !one.platform || fits(one.platform, platform));
  const exact = fitting.filter((one) => one.platform?.variant === platform.variant);
  // A single image is the one that is meant, whatever it says of its platform.
  for (const descriptor of [...exact, ...fitting, ...(images.length === 1 ? images : [])]) {
    if (!indexType.test(descriptor.mediaType ?? '')) return descriptor;
    const nested = readDocument<Index>(directory, descriptor, indexShape);
    const found = chooseManifest(directory, nested, platform, depth + 1);
    if (found !== undefined) return found;
  }
  return undefined;
}

function fits(one: Platform, wanted: Platform): boolean {
  return one.os === wanted.os && one.architecture === wanted.architecture;
}

function presentBlob(directory: string, descriptor: Descriptor): string | undefined {
  const file = blobPath(directory, descriptor.digest);
  const size = fileSize(file);
  if (size !== undefined && size !== descriptor.size)
    throw new Error(`The layer ${file} is damaged: it has ${size} bytes, not ${descriptor.size}.`);
  return size === undefined ? undefined : file;
}
