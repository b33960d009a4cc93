// Writes an OCI image layout: blobs first, `index.json` last and by rename, so that whoever reads the folder
// finds a whole image or none.
import fs from 'node:fs';
import { dirname, join } from 'node:path';
import type { ImageConfig } from '../image/config.js';
import { type Descriptor, type Digest, type Index, type Manifest, mediaTypes } from '../image/manifest.js';
import type { Layer } from '../layer/layer.js';
import { addBlob, blobsFolder, writeDocument, writeWhole } from './blobs.js';
import { layoutVersion, openLayoutFolder } from './layout-folder.js';

export interface WriteLayoutOptions {
  /** Where; made with the folders above it. An existing layout there is replaced once the new one is complete. */
  directory: string;
  config: ImageConfig;
  /** From the lowest up: a `Layer` is linked or copied in, of a `Descriptor` only the manifest speaks. */
  layers: readonly (Layer | Descriptor)[];
  /** The manifest's annotations. */
  annotations?: Record<string, string>;
}

/** Docker's name of a type, and OCI's for the same bytes. */
const ociTypes: Record<string, string> = {
  'application/vnd.docker.image.rootfs.diff.tar.gzip': `${mediaTypes.layer}+gzip`,
  'application/vnd.docker.image.rootfs.diff.tar.zstd': `${mediaTypes.layer}+zstd`,
  'application/vnd.docker.image.rootfs.diff.tar': mediaTypes.layer,
};

/**
 * Writes the image as the only one in a layout, by the name `latest`. The layers' own files stay where they are.
 * @throws Error with a sentence where the folder holds something else; what this call made is removed then
 */
export function writeLayout(options: WriteLayoutOptions): {
  manifestDigest: Digest;
  manifest: Descriptor;
} {
  const { directory, config, layers, annotations } = options;
  if (config.rootfs.diff_ids.length !== layers.length)
    throw new Error(
      `The image contradicts itself: ${layers.length} layers, but ${config.rootfs.diff_ids.length} in its config.`,
    );
  const folder = openLayoutFolder(directory);
  const blobs = join(directory, blobsFolder);
  try {
    writeWhole(join(directory, 'oci-layout'), Buffer.from(JSON.stringify(layoutVersion)));
    fs.mkdirSync(blobs, { recursive: true });
    for (const layer of layers) if ('file' in layer) addBlob(directory, layer.digest, layer.file);
    const manifest: Manifest = {
      schemaVersion: 2,
      mediaType: mediaTypes.manifest,
      config: writeDocument(directory, mediaTypes.config, config),
      layers: layers.map(layerDescriptor),
      ...(annotations && { annotations }),
    };
    const descriptor = writeDocument(directory, mediaTypes.manifest, manifest);
    const index: Index = {
      schemaVersion: 2,
      mediaType: mediaTypes.index,
      manifests: [
        {
          ...descriptor,
          annotations: { 'org.opencontainers.image.ref.name': 'latest' },
          platform: {
            architecture: config.architecture,
            os: config.os,
            ...(config.variant !== undefined && { variant: config.variant }),
          },
        },
      ],
    };
    writeWhole(join(directory, 'index.json'), Buffer.from(JSON.stringify(index)));
    removeOthers(blobs, [descriptor, manifest.config, ...manifest.layers]);
    return { manifestDigest: descriptor.digest, manifest: descriptor };
  } catch (error) {
    folder.discard();
    throw error;
  }
}

function layerDescriptor(layer: Layer | Descriptor): Descriptor {
  const { digest, size } = layer;
  const mediaType = ociTypes[layer.mediaType] ?? layer.mediaType;
  const annotations = 'annotations' in layer ? layer.annotations : undefined;
  return { mediaType, digest, size, ...(annotations && { annotations }) };
}

/** What was there before and is no longer spoken of, and what a killed process left. */
function removeOthers(blobs: string, kept: readonly Descriptor[]): void {
  const names = new Set(kept.map(({ digest }) => digest.slice('sha256:'.length)));
  for (const name of fs.readdirSync(blobs))
    if (!names.has(name)) fs.rmSync(join(blobs, name), { recursive: true });
  const directory = dirname(dirname(blobs));
  for (const name of fs.readdirSync(directory)) if (name.endsWith('.tmp')) fs.rmSync(join(directory, name));
}
