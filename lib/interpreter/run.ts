// RUN: executes a command inside the root filesystem as the image's user, with the image's environment.
import { existsSync, lstatSync, mkdirSync, mkdtempSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RunInstruction } from '../dockerfile/instruction.js';
import { parseRunMount } from '../dockerfile/run-mount.js';
import { lookupUser } from '../rootfs/accounts.js';
import { encodePath } from '../rootfs/byte-path.js';
import { buildHostname } from '../rootfs/hostname.js';
import { removeTree } from '../rootfs/remove-tree.js';
import { resolveInRoot } from '../rootfs/resolve.js';
import { standardMountPoints } from '../rootfs/standard-mounts.js';
import type { MountSource, RootMount, RootView } from '../rootfs/thread-root.js';
import { runEnvironment } from './environment.js';
import { makeDirectories } from './make-directories.js';
import { type MountPoints, openMountPoints } from './mount-points.js';
import { runCommand } from './run-command.js';
import { describeExit, describeLaunchError } from './run-failure.js';
import { prepareMounts } from './run-mounts.js';
import type { BuildSession } from './session.js';
import { missingDevices } from './stand-in-devices.js';
import { placeStandIns } from './stand-ins.js';

/**
 * Executes a RUN and returns once nothing of it runs any more and nothing it was lent is left.
 * @param instruction evaluated: its words are final.
 * @throws Error saying how the command failed; the session's abort reason where it was stopped.
 */
export async function executeRun({
  instruction,
  session,
}: {
  instruction: RunInstruction;
  session: BuildSession;
}): Promise<void> {
  const { rootfs, config, launcher, touched, signal } = session;
  const identity = lookupUser({ rootfs, user: config.User ?? '' });
  const cwd = config.WorkingDir || '/';
  // As BuildKit: a missing one is made for the user that the command runs as.
  makeDirectories({ root: rootfs, path: cwd, mode: 0o755, owner: identity });
  const { argv, script } = runCommand(instruction, config.Shell);
  const wanted = instruction.mounts.map((value) => parseRunMount({ value }));
  const prepared = await prepareMounts({ wanted, script, session });
  const points = openMountPoints({ rootfs, touched });
  const network = instruction.network === 'none' ? 'none' : 'host';
  let lent: Lent | undefined;
  try {
    lent = await lend({ mounts: prepared.mounts, points, session });
    const exit = await launcher.launch({
      launch: {
        view: lent.view,
        network,
        identity,
        argv,
        env: runEnvironment({ session, identity, fromMounts: prepared.variables }),
        cwd,
      },
      onOutput: (stream, chunk) => session.onEvent({ type: 'output', stream, chunk }),
      signal,
    });
    signal.throwIfAborted();
    if (exit.exitCode !== 0) throw new Error(describeExit(argv, exit));
  } catch (error) {
    throw describeLaunchError(argv, instruction, error as Error);
  } finally {
    await lent?.takeBack();
    points.remove();
    await prepared.release();
  }
}

/** What a RUN sees, and how to take it back. */
interface Lent {
  view: RootView;
  takeBack(): Promise<void>;
}

/** Lends a RUN its mounts in a mount namespace of its own where that is possible, else by stand-ins. */
async function lend({
  mounts,
  points,
  session,
}: {
  mounts: RootMount[];
  points: MountPoints;
  session: BuildSession;
}): Promise<Lent> {
  const { rootfs, workDir } = session;
  const inPlace = rootfs === '/';
  const all = inPlace ? mounts : [...networkFiles(mounts), ...mounts];
  if ((inPlace && mounts.length === 0) || !(await session.launcher.canMount())) {
    const devices = inPlace
      ? []
      : missingDevices({ rootfs, workDir }).filter((device) => !isCovered(device, mounts));
    const takeBack = await placeStandIns({ mounts: [...devices, ...all], points, session });
    return { view: { rootfs, privateMounts: false, mounts: [], staging: '' }, takeBack };
  }
  if (!inPlace) for (const path of standardMountPoints) points.make(path, 'directory');
  const filled = all.map((mount) => makePoint(mount, all, points, rootfs));
  mkdirSync(workDir, { recursive: true });
  const staging = mkdtempSync(join(workDir, 'content-'));
  return {
    view: { rootfs, privateMounts: true, mounts: filled, staging },
    takeBack: async () => removeTree(staging),
  };
}

/** The machine's own name resolution, read-only, unless the RUN itself mounts something there or over it. */
function networkFiles(mounts: readonly RootMount[]): RootMount[] {
  const files: RootMount[] = [{ target: '/etc/hosts', readOnly: true, source: hostsFile() }];
  const path = '/etc/resolv.conf';
  if (existsSync(path))
    files.push({ target: path, readOnly: true, source: { type: 'tree', path, kept: false } });
  return files.filter((file) => !isCovered(file, mounts));
}

function isCovered({ target }: RootMount, mounts: readonly RootMount[]): boolean {
  return mounts.some((mount) => `${target}/`.startsWith(`${mount.target}/`));
}

/** The machine's host names and the one that RUN has instead of the machine's. */
function hostsFile(): MountSource {
  const path = '/etc/hosts';
  const hosts = existsSync(path) ? readFileSync(path, 'latin1') : '127.0.0.1 localhost\n';
  const content = Buffer.from(`${hosts.replace(/\n?$/, '\n')}127.0.0.1 ${buildHostname}\n`, 'latin1');
  return { type: 'content', content, mode: 0o644, uid: 0, gid: 0 };
}

/** Makes a mount point, except below what is mounted first: there, it is made at that time. */
function makePoint(
  mount: RootMount,
  all: readonly RootMount[],
  points: MountPoints,
  rootfs: string,
): RootMount {
  const { target, source } = mount;
  const earlier = [...(rootfs === '/' ? [] : standardMountPoints), ...all.map((other) => other.target)];
  if (earlier.some((path) => target.startsWith(`${path}/`))) return mount;
  const existing = lstatSync(encodePath(resolveInRoot({ root: rootfs, path: target, followLast: true })), {
    throwIfNoEntry: false,
  });
  points.make(target, kindOf(source));
  if (source.type !== 'tmpfs' || existing === undefined) return mount;
  // A tmpfs takes the mode of the directory that it covers, as runc does it.
  return { ...mount, source: { ...source, mode: existing.mode & 0o7777 } };
}

function kindOf(source: MountSource): 'file' | 'directory' {
  if (source.type === 'content') return 'file';
  return source.type === 'tree' && !lstatSync(encodePath(source.path)).isDirectory() ? 'file' : 'directory';
}
