// Runs once before all specs: sees to what they need of the machine, or says in one sentence what is missing.
import { execFileSync, spawnSync } from 'node:child_process';

/** Programs that specs start, and the Debian packages that have them. */
const packages = { busybox: 'busybox-static', git: 'git', bzip2: 'bzip2', xz: 'xz-utils', zstd: 'zstd' };

/** In a mount namespace of its own; Docker's seccomp filter forbids the last step also to who has CAP_SYS_ADMIN. */
const enterAnotherRoot =
  'mount -t tmpfs none /tmp && mkdir /tmp/old && PATH=$PATH:/usr/sbin:/sbin pivot_root /tmp /tmp/old';

export default function requireMachine(): void {
  if (process.geteuid?.() !== 0) {
    throw new Error(
      'The specs make device nodes, change owners and enter root filesystems: run them as root, as in `sudo npm test` or in a container.',
    );
  }
  if (spawnSync('unshare', ['--mount', 'sh', '-c', enterAnotherRoot]).status !== 0) {
    throw new Error(
      'The specs mount file systems and enter them, which is not permitted here: run them in a virtual machine, or in a container that may (docker run --privileged).',
    );
  }
  installMissing();
}

function installMissing(): void {
  const missing = Object.entries(packages)
    .filter(([program]) => spawnSync(program, ['--help']).error !== undefined)
    .map(([, name]) => name);
  if (missing.length === 0) return;
  const names = missing.join(', ');
  if (spawnSync('apt-get', ['--version']).error !== undefined) {
    throw new Error(`The specs need ${names}: install what this system has under such a name.`);
  }
  process.stderr.write(`Installing ${names}, which the specs need, by apt-get.\n`);
  try {
    execFileSync('apt-get', ['update', '-qq'], { stdio: ['ignore', 'ignore', 'inherit'] });
    execFileSync('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...missing], {
      stdio: ['ignore', 'ignore', 'inherit'],
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    });
  } catch {
    throw new Error(`The specs need ${names}, and apt-get could not install them; see what it wrote above.`);
  }
}
