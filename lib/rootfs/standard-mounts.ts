// What every RUN finds below `/` besides the image's files: /proc, /sys, /dev, mounted in the private mount
// namespace of the calling thread. The list, the options and what is masked are those of containerd and runc.
import { chmodSync, lstatSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeNode } from './syscalls.js';
import { MOUNT_ATTR_NODEV, MOUNT_ATTR_RDONLY, mount, restrictMount } from './thread-calls.js';

const MS_RDONLY = 1;
const MS_NOSUID = 2;
const MS_NODEV = 4;
const MS_NOEXEC = 8;
const MS_BIND = 4096;
const MS_REC = 16384;
const MS_STRICTATIME = 1 << 24;
const inert = MS_NOSUID | MS_NOEXEC | MS_NODEV;

/** The directories that must exist, inside the root filesystem, for `mountStandard`. */
export const standardMountPoints = ['/proc', '/sys', '/dev'] as const;

/** The device nodes of /dev: major and minor numbers. */
export const devices = {
  null: [1, 3],
  zero: [1, 5],
  full: [1, 7],
  random: [1, 8],
  urandom: [1, 9],
  tty: [5, 0],
} as const;
const deviceLinks = [
  ['fd', '/proc/self/fd'],
  ['stdin', '/proc/self/fd/0'],
  ['stdout', '/proc/self/fd/1'],
  ['stderr', '/proc/self/fd/2'],
  ['ptmx', 'pts/ptmx'],
] as const;
const readOnlyProc = ['asound', 'bus', 'fs', 'irq', 'sys', 'sysrq-trigger'];
const maskedProc = [
  'acpi',
  'interrupts',
  'kcore',
  'keys',
  'latency_stats',
  'sched_debug',
  'scsi',
  'timer_list',
];
const maskedSys = ['firmware', 'devices/virtual/powercap'];

/**
 * Mounts /proc, /sys and /dev.
 * @param points paths of the three mount points as the calling thread sees them, free of symlinks.
 */
export function mountStandard(points: { proc: string; sys: string; dev: string }): void {
  mountOrBind({ type: 'proc', target: points.proc, flags: inert });
  mountOrBind({ type: 'sysfs', target: points.sys, flags: inert | MS_RDONLY });
  mountDevices(points.dev);
  for (const name of readOnlyProc) {
    const path = join(points.proc, name);
    if (exists(path)) bind({ source: path, target: path, attributes: MOUNT_ATTR_RDONLY });
  }
  for (const path of [
    ...maskedProc.map((name) => join(points.proc, name)),
    ...maskedSys.map((name) => join(points.sys, name)),
  ]) {
    if (exists(path)) mask(path, join(points.dev, 'null'));
  }
}

/** Binds a file or a tree. @param attributes that its mounts get on top of their own, of mount_setattr(2). */
export function bind({
  source,
  target,
  attributes = 0,
}: {
  source: string;
  target: string;
  attributes?: number;
}): void {
  mount({ source, target, flags: MS_BIND | MS_REC });
  if (attributes !== 0) restrictMount(target, attributes);
}

/**
 * Sees to it that device nodes below a mount point cannot be opened: a RUN may make them, and could reach the
 * machine's disks by them. Docker uses the devices cgroup for that, which is not ours.
 */
export function forbidDevices(target: string, { recursive }: { recursive: boolean }): void {
  try {
    restrictMount(target, MOUNT_ATTR_NODEV, recursive);
  } catch (error) {
    // A user namespace before Linux 5.12, where nobody can make device nodes anyway.
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') throw error;
  }
}

/** A user namespace may not be allowed a new instance: then the one we see ourselves serves. */
function mountOrBind({
  type,
  target,
  flags,
}: {
  type: 'proc' | 'sysfs';
  target: string;
  flags: number;
}): void {
  try {
    mount({ source: type, type, target, flags });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') throw error;
    bind({ source: type === 'proc' ? '/proc' : '/sys', target });
  }
}

function mountDevices(dev: string): void {
  mount({
    source: 'tmpfs',
    type: 'tmpfs',
    target: dev,
    flags: MS_NOSUID | MS_STRICTATIME,
    data: 'mode=755,size=65536k',
  });
  for (const [name, [major, minor]] of Object.entries(devices)) {
    makeDevice({ path: join(dev, name), device: (major << 8) | minor, original: join('/dev', name) });
  }
  forbidDevices(dev, { recursive: false });
  for (const [name, target] of deviceLinks) symlinkSync(target, join(dev, name));
  for (const name of ['pts', 'shm', 'mqueue']) mkdirSync(join(dev, name));
  mountTerminals(join(dev, 'pts'));
  mount({
    source: 'shm',
    type: 'tmpfs',
    target: join(dev, 'shm'),
    flags: inert,
    data: 'mode=1777,size=65536k',
  });
  try {
    mount({ source: 'mqueue', type: 'mqueue', target: join(dev, 'mqueue'), flags: inert });
  } catch {
    // A kernel without message queues, or a user namespace that does not own the IPC namespace.
  }
}

/** Group 5 is tty everywhere; where a user namespace does not map it, the terminals belong to the opener. */
function mountTerminals(target: string): void {
  const terminals = { source: 'devpts', type: 'devpts', target, flags: MS_NOSUID | MS_NOEXEC };
  const data = 'newinstance,ptmxmode=0666,mode=0620';
  try {
    mount({ ...terminals, data: `${data},gid=5` });
  } catch {
    mount({ ...terminals, data });
  }
}

/**
 * A device node of its own, or, where nodes may not be made, the one we see ourselves; as a mount of its own, so
 * that it can be opened where others cannot.
 */
function makeDevice({ path, device, original }: { path: string; device: number; original: string }): void {
  const S_IFCHR = 0o020000;
  try {
    makeNode(path, S_IFCHR | 0o666, BigInt(device));
    chmodSync(path, 0o666);
    mount({ source: path, target: path, flags: MS_BIND });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') throw error;
    writeFileSync(path, '');
    mount({ source: original, target: path, flags: MS_BIND });
  }
}

function mask(path: string, devNull: string): void {
  if (lstatSync(path).isDirectory()) {
    mount({ source: 'tmpfs', type: 'tmpfs', target: path, flags: inert | MS_RDONLY });
  } else {
    mount({ source: devNull, target: path, flags: MS_BIND });
  }
}

function exists(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
}
