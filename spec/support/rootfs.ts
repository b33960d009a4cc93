// A small root filesystem for specs: busybox where the machine has a static one, else the machine's own shell,
// a few programs and their libraries.
import { execFileSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';

const busybox = '/bin/busybox';
const programs = 'sh cat ls id env ps rm mkdir touch chmod chown ln mv stat sleep pwd'.split(' ');

/**
 * Makes a root filesystem in a new temporary folder: a shell and the usual programs in /bin, /etc/passwd and
 * /etc/group with root, `app` (1000:1000, home /home/app, also in group `staff` 50), /tmp, /proc, /sys, /dev.
 * @param bare leaves out everything but what programs need.
 * @returns its path; `removeRootfs` takes it away.
 */
export function makeRootfs({ bare = false }: { bare?: boolean } = {}): string {
  const rootfs = join(mkdtempSync(join(tmpdir(), 'extender-spec-')), 'rootfs');
  mkdirSync(join(rootfs, 'bin'), { recursive: true });
  if (existsSync(busybox)) installBusybox(rootfs);
  else for (const name of programs) installProgram(rootfs, name);
  if (bare) return rootfs;
  for (const folder of ['etc', 'proc', 'sys', 'dev', 'home/app'])
    mkdirSync(join(rootfs, folder), { recursive: true });
  execFileSync('chown', ['1000:1000', join(rootfs, 'home/app')]);
  execFileSync('mkdir', ['-m', '1777', join(rootfs, 'tmp')]);
  writeFileSync(
    join(rootfs, 'etc/passwd'),
    'root:x:0:0:root:/root:/bin/sh\napp:x:1000:1000::/home/app:/bin/sh\n',
  );
  writeFileSync(join(rootfs, 'etc/group'), 'root:x:0:\nstaff:x:50:app\napp:x:1000:\n');
  return rootfs;
}

/** Removes what `makeRootfs` made. */
export function removeRootfs(rootfs: string): void {
  rmSync(dirname(rootfs), { recursive: true, force: true });
}

function installBusybox(rootfs: string): void {
  copyFileSync(busybox, join(rootfs, 'bin/busybox'));
  const applets = execFileSync(busybox, ['--list'], { encoding: 'utf8' }).trim().split('\n');
  for (const applet of applets) {
    if (applet !== 'busybox') symlinkSync('busybox', join(rootfs, 'bin', applet));
  }
}

/** Copies a program of the machine with the libraries that ldd names. */
function installProgram(rootfs: string, name: string): void {
  const path = execFileSync('sh', ['-c', `readlink -f "$(command -v ${name})"`], { encoding: 'utf8' }).trim();
  copyFileSync(path, join(rootfs, 'bin', name));
  const isScript = readFileSync(path).subarray(0, 2).toString() === '#!';
  if (isScript) return;
  const listed = execFileSync('sh', ['-c', `ldd ${path} 2>/dev/null || true`], { encoding: 'utf8' });
  for (const library of listed.match(/\/\S+/g) ?? []) {
    if (!existsSync(library) || library.endsWith(`/${basename(path)}:`)) continue;
    mkdirSync(join(rootfs, dirname(library)), { recursive: true });
    copyFileSync(library, join(rootfs, library));
  }
}
