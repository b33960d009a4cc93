// Writes an OCI image layout: blobs first, `index.json` last and by rename, so that whoever reads the folder
// finds a whole image or none.
import fs from 'node:fs';
import { dirname, join } from 'node:path';
import type { ImageConfig } from '../image/config.js';
import { type Descriptor, type Digest, type Index, type Manifest, mediaTypes } from '../image/manifest.js';
import type { Layer } from '../layer/layer.js';
import { addBlob, blobsFolder, readJsonFile, writeDocument, writeWhole } from './blobs.js';

export interface WriteLayoutOptions {
  /** Where; made with the folders above it. An existing layout there is replaced once the new one is complete. */
  directory: string;
  config: ImageConfig;
  /** From the lowest up: a `Layer` is linked or copied in, of a `Descriptor` only the manifest speaks. */
  layers: readonly (Layer | Descriptor)[];
  /** The manifest's annotations. */
  annotations?: Record<string, string>;
}

const layoutVersion = { imageLayoutVersion: '1.0.0' };
/** What a folder may hold to be taken for a layout, ours or a half-written one. */
const layoutNames = /^(oci-layout|index\.json|blobs|.*\.tmp)$/;
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
  const made = prepareFolder(directory);
  const blobs = join(directory, blobsFolder);
  const before = new Set(fs.existsSync(blobs) ? fs.readdirSync(blobs) : []);
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
    undo(directory, made, before);
    throw error;
  }
}

/**
 * Makes the folder.
 * @returns the topmost folder that did not exist before, if any
 */
function prepareFolder(directory: string): string | undefined {
  const names = fs.existsSync(directory) ? fs.readdirSync(directory) : undefined;
  const isLayout = () =>
    names!.every((name) => layoutNames.test(name)) &&
    fs.existsSync(join(directory, 'oci-layout')) &&
    readJsonFile<typeof layoutVersion>(join(directory, 'oci-layout')).imageLayoutVersion !== undefined;
  if (names !== undefined && names.length > 0 && !isLayout())
    throw new Error(
      `${directory} is not empty and not an OCI image layout: nothing was written. Empty it or name another folder.`,
    );
  return fs.mkdirSync(directory, { recursive: true });
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

function undo(directory: string, made: string | undefined, before: ReadonlySet<string>): void {
  if (made !== undefined) {
    fs.rmSync(made, { recursive: true, force: true });
    return;
  }
  const blobs = join(directory, blobsFolder);
  for (const name of fs.existsSync(blobs) ? fs.readdirSync(blobs) : [])
    if (!before.has(name)) fs.rmSync(join(blobs, name), { force: true });
  if (fs.existsSync(join(directory, 'index.json'))) return;
  for (const name of ['oci-layout', 'blobs'])
    fs.rmSync(join(directory, name), { recursive: true, force: true });
}
