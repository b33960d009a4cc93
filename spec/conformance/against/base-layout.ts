// The base image as an OCI layout of one layer, for builders that take one.
import { copyFileSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { digestOf } from '../../../lib/image/digest.js';
import { mediaTypes } from '../../../lib/image/manifest.js';
import { baseConfig } from '../base.js';
import { output } from './builder.js';

/** Packs a root filesystem as GNU tar does, without a leading `./`. */
export async function packRoot(root: string, file: string): Promise<void> {
  await output('sh', [
    '-c',
    'cd "$1" && tar --numeric-owner --sort=name --format=pax -cf "$2" *',
    'sh',
    root,
    file,
  ]);
}

/** Writes the layout; the digest is that of its manifest. */
export async function makeBaseLayout(
  root: string,
  directory: string,
): Promise<{ directory: string; digest: string }> {
  const blobs = join(directory, 'blobs/sha256');
  mkdirSync(blobs, { recursive: true });
  const tar = join(directory, 'layer.tar');
  await packRoot(root, tar);
  const layer = {
    mediaType: mediaTypes.layer,
    digest: digestOf(readFileSync(tar)),
    size: statSync(tar).size,
  };
  copyFileSync(tar, join(directory, 'blobs', layer.digest.replace(':', '/')));
  const add = (mediaType: string, value: object): { mediaType: string; digest: string; size: number } => {
    const text = JSON.stringify(value);
    const digest = digestOf(text);
    writeFileSync(join(directory, 'blobs', digest.replace(':', '/')), text);
    return { mediaType, digest, size: Buffer.byteLength(text) };
  };
  const config = add(mediaTypes.config, {
    architecture: 'amd64',
    os: 'linux',
    config: baseConfig,
    rootfs: { type: 'layers', diff_ids: [layer.digest] },
  });
  const manifest = add(mediaTypes.manifest, {
    schemaVersion: 2,
    mediaType: mediaTypes.manifest,
    config,
    layers: [layer],
  });
  writeFileSync(join(directory, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}');
  writeFileSync(join(directory, 'index.json'), JSON.stringify({ schemaVersion: 2, manifests: [manifest] }));
  return { directory, digest: manifest.digest };
}
