// The Debian root filesystem as an image whose top layer occurs twice, as some run images have it, and what the
// restorer leaves of such an image for the extender.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  cpSync,
  createReadStream,
  existsSync,
  linkSync,
  mkdirSync,
  readFileSync,
  renameSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import type { ImageConfig } from '../../../lib/image/config.js';
import { type Descriptor, type Digest, mediaTypes } from '../../../lib/image/manifest.js';
import { writeLayout } from '../../../lib/layout/write-layout.js';
import { debianRootfs } from './debian.js';

export interface TestImage {
  digest: Digest;
  /** Where its sparse layout lies, in cache/base. */
  kanikoDir: string;
  /** What a platform calls it. */
  reference: string;
  config: ImageConfig;
  /** The layers' tars by the hexadecimal of their digests. */
  blobs: Record<string, string>;
  /** What the upper layer adds to the Debian: the user cnb and its home. */
  additions: string;
}

/** Makes the image's layers, and its sparse layout below a kaniko directory. */
export async function makeTestImage(options: {
  folder: string;
  kanikoDir: string;
  config: ImageConfig['config'];
}): Promise<TestImage> {
  const { folder, kanikoDir } = options;
  const debian = debianRootfs();
  const debianTar = `${debian}.tar`;
  if (!existsSync(debianTar)) {
    execFileSync('tar', ['--numeric-owner', '-C', debian, '-cf', `${debianTar}.tmp`, '.']);
    renameSync(`${debianTar}.tmp`, debianTar);
  }
  const additions = join(folder, 'additions');
  mkdirSync(join(additions, 'home/cnb'), { recursive: true });
  mkdirSync(join(additions, 'etc'));
  mkdirSync(join(additions, 'workspace'));
  const accounts = { passwd: 'cnb:x:1000:1000::/home/cnb:/bin/sh\n', group: 'cnb:x:1000:\n' };
  for (const [name, line] of Object.entries(accounts)) {
    writeFileSync(join(additions, 'etc', name), readFileSync(join(debian, 'etc', name), 'utf8') + line);
  }
  execFileSync('chown', ['1000:1000', join(additions, 'home/cnb')]);
  const additionsTar = join(folder, 'additions.tar');
  execFileSync('tar', ['--numeric-owner', '-C', additions, '-cf', additionsTar, '.']);

  const lower = await describe(debianTar);
  const upper = await describe(additionsTar);
  const layers = [lower, upper, upper];
  const config: ImageConfig = {
    architecture: { x64: 'amd64', arm64: 'arm64' }[process.arch as string] ?? process.arch,
    os: 'linux',
    created: '2024-01-01T00:00:00Z',
    config: options.config ?? {},
    rootfs: { type: 'layers', diff_ids: layers.map(({ digest }) => digest) },
    history: [
      { created: '2024-01-01T00:00:00Z', created_by: 'debootstrap' },
      { created: '2024-01-01T00:00:00Z', created_by: 'ENV', empty_layer: true },
      { created: '2024-01-01T00:00:00Z', created_by: 'adduser cnb' },
      { created: '2024-01-01T00:00:00Z', created_by: 'adduser cnb' },
    ],
  };
  const cache = join(kanikoDir, 'cache/base');
  const { manifestDigest: digest } = writeLayout({ directory: join(cache, 'new'), config, layers });
  renameSync(join(cache, 'new'), join(cache, digest));
  return {
    digest,
    kanikoDir,
    reference: `registry.example/base@${digest}`,
    config,
    blobs: { [hex(lower.digest)]: debianTar, [hex(upper.digest)]: additionsTar },
    additions,
  };
}

/** Puts the base image's layers into a copy of an extended image's sparse layout. */
export function stitch(options: { sparse: string; base: TestImage; directory: string }): void {
  const { sparse, base, directory } = options;
  cpSync(sparse, directory, { recursive: true });
  for (const [name, file] of Object.entries(base.blobs))
    linkSync(file, join(directory, 'blobs/sha256', name));
}

const hex = (digest: string) => digest.slice('sha256:'.length);

async function describe(file: string): Promise<Descriptor> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(file)) hash.update(chunk as Buffer);
  return { mediaType: mediaTypes.layer, digest: `sha256:${hash.digest('hex')}`, size: statSync(file).size };
}
