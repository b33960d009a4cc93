// A container out of a root filesystem and the kernel alone: an overlay, mounts of its own, a process tree of its
// own, and no more capabilities than Docker gives by default. Everything is gone when its command ends, but the
// overlay's upper folder, which shows what was changed.
import { type SpawnSyncReturns, spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';

/** https://docs.docker.com/engine/security/#linux-kernel-capabilities */
const capabilities =
  'chown dac_override fowner fsetid kill setgid setuid setpcap net_bind_service net_raw sys_chroot mknod audit_write setfcap';

const script = `
mount --make-rprivate /
cd "$FOLDER"
mount -t overlay overlay -o "lowerdir=$LOWER,upperdir=upper,workdir=work" merged
cd merged
mount -t proc proc proc
mount --rbind /dev dev
touch etc/resolv.conf
mount --bind /etc/resolv.conf etc/resolv.conf
for bind in $BINDS; do
  source="\${bind%%=*}" target=".\${bind#*=}"
  if [ -d "$source" ]; then mkdir -p "$target"; else mkdir -p "\${target%/*}"; : >> "$target"; fi
  mount --bind "$source" "$target"
done
pivot_root . .
umount -l .
exec setpriv --inh-caps=-all --bounding-set="$CAPABILITIES" env -i $VARIABLES "$@"
`;

export interface ContainerOptions {
  /** The root filesystem; not changed. */
  rootfs: string;
  /** Existing folder for the overlay. */
  folder: string;
  /** Files and folders by where they are to be; none with a space in its path. */
  binds: Record<string, string>;
  /** The environment; no spaces in values. */
  env: Record<string, string>;
  argv: readonly string[];
}

/** Where the overlay of a container keeps what differs from the root filesystem. */
export function upperFolder(folder: string): string {
  const upper = join(folder, 'upper');
  for (const name of [upper, join(folder, 'work'), join(folder, 'merged')])
    mkdirSync(name, { recursive: true });
  return upper;
}

/** Runs a command in a container, to its end. */
export function runContainer(options: ContainerOptions): SpawnSyncReturns<string> {
  const { rootfs, folder, binds, env, argv } = options;
  upperFolder(folder);
  return spawnSync(
    'unshare',
    ['--mount', '--pid', '--fork', '--kill-child', 'sh', '-euc', script, 'sh', ...argv],
    {
      encoding: 'utf8',
      maxBuffer: 64 * 1024 * 1024,
      env: {
        PATH: process.env.PATH,
        FOLDER: folder,
        LOWER: rootfs,
        BINDS: Object.entries(binds)
          .map(([target, source]) => `${source}=${target}`)
          .join(' '),
        VARIABLES: Object.entries(env)
          .map(([name, value]) => `${name}=${value}`)
          .join(' '),
        CAPABILITIES: ['-all', ...capabilities.split(' ').map((name) => `+${name}`)].join(','),
      },
    },
  );
}

/** Our program as a container sees it: this checkout and the Node.js that runs the specs. */
export const programBinds = {
  '/opt/extender': resolve('.'),
  '/usr/local/bin/node': process.execPath,
};
