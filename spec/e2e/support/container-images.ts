// The three strangers that the container specs extend: a Debian, a busybox and an image that is completely empty.
import { cpSync, existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { debianRootfs } from './debian.js';
import { type DockerImage, importImage } from './docker.js';

/** A program that needs nothing of the image it runs in. */
export const staticBusybox = ['/bin/busybox', '/usr/bin/busybox'].find((path) => existsSync(path))!;

const user = 'cnb:x:1000:1000::/home/cnb:/bin/sh\n';
const path = 'ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** As debootstrap makes it, with apt. */
export const debianImage = (folder: string): DockerImage =>
  importImage({
    name: `extender-e2e-debian-${process.pid}`,
    rootfs: debianRootfs(),
    folder,
    changes: [path],
  });

/** A shell and its commands, a user 1000; no shared library. */
export function busyboxImage(folder: string): DockerImage {
  const rootfs = join(folder, 'rootfs');
  for (const name of ['bin', 'etc', 'tmp', 'lib', 'home/cnb'])
    mkdirSync(join(rootfs, name), { recursive: true });
  cpSync(staticBusybox, join(rootfs, 'bin/busybox'));
  for (const name of [
    'sh',
    'ls',
    'cat',
    'grep',
    'rm',
    'mkdir',
    'id',
    'env',
    'cp',
    'ln',
    'touch',
    'chmod',
    'sleep',
  ]) {
    symlinkSync('busybox', join(rootfs, 'bin', name));
  }
  writeFileSync(join(rootfs, 'etc/passwd'), `root:x:0:0:root:/root:/bin/sh\n${user}`);
  writeFileSync(join(rootfs, 'etc/group'), 'root:x:0:\ncnb:x:1000:\n');
  return importImage({
    name: `extender-e2e-busybox-${process.pid}`,
    rootfs,
    folder: join(folder, 'image'),
    changes: [path],
  });
}

export function emptyImage(folder: string): DockerImage {
  const rootfs = join(folder, 'rootfs');
  mkdirSync(rootfs, { recursive: true });
  return importImage({ name: `extender-e2e-empty-${process.pid}`, rootfs, folder: join(folder, 'image') });
}
