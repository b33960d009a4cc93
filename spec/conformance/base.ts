// The root filesystem and the image config that every case starts from.
import { chmodSync, copyFileSync, existsSync, lutimesSync } from 'node:fs';
import { join } from 'node:path';
import type { ContainerConfig } from '../../lib/image/config.js';
import { fixtureTimes, layOut } from './tree.js';

const applets =
  'cat chmod chown cp cut env false find grep head hostname id ln ls mkdir mv od printf ps pwd readlink rm sed sh sort stat tail tar test touch tr true wc which'.split(
    ' ',
  );

const passwd = [
  'root:x:0:0:root:/root:/bin/sh',
  'alice:x:1000:1000:Alice:/home/alice:/bin/sh',
  'bob:x:1001:100:Bob:/home/bob:/bin/false',
  'daemon:x:2:2:daemon:/nonexistent:/bin/false',
  '4242:x:1005:1005:a name that looks like a number:/home/number:/bin/sh',
];
const group = [
  'root:x:0:',
  'daemon:x:2:',
  'wheel:x:10:root,alice',
  'staff:x:50:alice,bob',
  'users:x:100:alice',
  'alice:x:1000:',
  '777:x:1007:bob',
];

const tree = [
  'bin/busybox 0755: ',
  ...applets.map((applet) => `bin/${applet} -> busybox`),
  // Prints its environment, without what the shell and a builder's own tracing add.
  `bin/environment 0755: ${JSON.stringify(`#!/bin/sh\nenv | grep -Ev '^(PWD|OLDPWD|SHLVL|_|HOSTNAME|OTEL_.*|TRACEPARENT)=' | sort\n`)}`,
  'dev/',
  `etc/group: ${JSON.stringify(`${group.join('\n')}\n`)}`,
  'etc/hosts: "127.0.0.1 localhost\\n"',
  `etc/passwd: ${JSON.stringify(`${passwd.join('\n')}\n`)}`,
  'etc/profile: "export PROFILE=read\\n"',
  'home/alice/ 0755 1000:1000',
  'home/alice/.profile 0644 1000:1000: "export PROFILE=alice\\n"',
  'home/bob/ 0700 1001:100',
  'proc/',
  'root/ 0700',
  'run/',
  'srv/data/ 0750 1000:100',
  'srv/data/kept 0640 1000:100: kept',
  'srv/data/old 0600 2:2: old',
  'srv/empty/',
  'srv/full/one: 1',
  'srv/full/two/three: 3',
  'srv/to-data -> data',
  'srv/to-data-absolute -> /srv/data',
  'srv/to-file -> data/old',
  'srv/to-nowhere -> /srv/nowhere/at/all',
  'srv/to-outside -> ../../../../srv/data',
  'srv/twin-a: twin',
  'srv/twin-b = srv/twin-a',
  'srv/loop -> loop',
  'sys/',
  'tmp/ 1777',
  'usr/bin/',
  'usr/local/bin/',
  'var/cache/',
  'var/lib/',
  'var/run -> ../run',
];

/** The config of the base image. */
export const baseConfig: ContainerConfig = {
  Env: ['PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', 'BASE=image'],
  Cmd: ['/bin/sh', '-l'],
  Labels: { base: 'yes', shared: 'base' },
};

/** Makes the base root filesystem in a new directory. Its `/bin/busybox` is this machine's static one. */
export function makeBase(root: string): void {
  const busybox = ['/usr/bin/busybox', '/bin/busybox'].find(existsSync);
  if (busybox === undefined) throw new Error('the conformance cases need busybox-static, and there is none');
  layOut(root, tree, fixtureTimes.base);
  const copy = join(root, 'bin/busybox');
  copyFileSync(busybox, copy);
  chmodSync(copy, 0o755);
  for (const path of [copy, join(root, 'bin')]) lutimesSync(path, fixtureTimes.base, fixtureTimes.base);
}
