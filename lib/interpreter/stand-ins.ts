// RUN mounts where nothing may be mounted: their content is put at the target itself for the time of the RUN.
// What lay there is moved aside and comes back untouched; what stood in for the mount is taken away.
import {
  chmodSync,
  chownSync,
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { encodePath } from '../rootfs/byte-path.js';
import { removeTree } from '../rootfs/remove-tree.js';
import { isStillInRoot, resolveInRoot } from '../rootfs/resolve.js';
import type { MountSource, RootMount } from '../rootfs/thread-root.js';
import { copyTree } from './copy-tree.js';
import { makeDirectories } from './make-directories.js';
import { type MountPoints, pathInside } from './mount-points.js';
import { moveTree } from './move-tree.js';
import type { BuildSession } from './session.js';

/**
 * Puts the content of mounts at their targets.
 *
 * Unlike a mount, this can neither be read-only, in which case what a RUN writes is thrown away, nor limit a
 * tmpfs to a size.
 * @param mounts sorted by target.
 * @returns takes them away again; what lay underneath is then noted in the session's `restored`.
 */
export async function placeStandIns({
  mounts,
  points,
  session,
}: {
  mounts: RootMount[];
  points: MountPoints;
  session: BuildSession;
}): Promise<() => Promise<void>> {
  const steps: (() => Promise<void>)[] = [];
  const takeAway = async () => {
    for (const step of steps.splice(0).reverse()) await step();
  };
  try {
    for (const mount of mounts) await placeOne({ mount, points, session, steps });
  } catch (error) {
    await takeAway();
    throw error;
  }
  return takeAway;
}

async function placeOne({
  mount: { target, source },
  points,
  session,
  steps,
}: {
  mount: RootMount;
  points: MountPoints;
  session: BuildSession;
  steps: (() => Promise<void>)[];
}): Promise<void> {
  points.make(dirname(target), 'directory');
  const path = resolveInRoot({ root: session.rootfs, path: target, followLast: true });
  points.make(pathInside(session.rootfs, dirname(path)), 'directory');
  const setBack = points.holdTimes(dirname(path));
  try {
    const covered = stateOf(path);
    if (covered !== undefined) steps.push(await moveAside(path, points, session));
    steps.push(() => takeAway(path, source, points, session));
    await fill(path, source, Number(covered?.mode ?? 0o1777) & 0o7777, session);
  } finally {
    setBack();
  }
}

/** @returns brings it back. */
async function moveAside(
  path: string,
  points: MountPoints,
  session: BuildSession,
): Promise<() => Promise<void>> {
  const folder = mkdtempSync(join(placeAside(path, session), '.extender-'));
  const aside = join(folder, basename(path));
  const there = await moveTree({ from: path, to: aside });
  return async () => {
    // The RUN may have removed the directory above, or put a link in its place.
    const above = pathInside(session.rootfs, dirname(path));
    const parent = makeDirectories({ root: session.rootfs, path: above, mode: 0o755 });
    const place = join(parent, basename(path));
    const setBack = points.holdTimes(parent);
    const back = await moveTree({ from: aside, to: place });
    removeTree(folder);
    setBack();
    // What moved both ways was touched by the first of the two.
    const moved = new Map(back);
    for (const [one, changed] of there) moved.set(place + one.slice(aside.length), changed);
    for (const [one, changed] of moved) {
      const inside = pathInside(session.rootfs, one);
      const earlier = session.restored.get(inside);
      const { ctimeNs } = lstatSync(encodePath(one), { bigint: true });
      const firstMoved = earlier?.back === changed ? earlier.moved : changed;
      session.restored.set(inside, { moved: firstMoved, back: ctimeNs });
    }
  };
}

/** Out of the RUN's sight where that is on the same file system, so that files keep their inodes and links. */
function placeAside(path: string, { workDir }: BuildSession): string {
  mkdirSync(workDir, { recursive: true });
  const parent = dirname(path);
  return lstatSync(workDir).dev === lstatSync(encodePath(parent)).dev ? workDir : parent;
}

async function fill(path: string, source: MountSource, mode: number, session: BuildSession): Promise<void> {
  if (source.type === 'tmpfs') {
    if (source.size !== undefined) {
      session.logger.warn(`Nothing can be mounted here, so the size of the tmpfs at ${path} is not limited.`);
    }
    mkdirSync(encodePath(path));
    chmodSync(encodePath(path), mode);
  } else if (source.type === 'content') {
    writeFileSync(encodePath(path), source.content, { mode: 0o600, flag: 'wx' });
    chownSync(encodePath(path), source.uid, source.gid);
    chmodSync(encodePath(path), source.mode);
  } else if (source.kept) {
    await moveTree({ from: source.path, to: path });
  } else if (lstatSync(encodePath(source.path)).isSocket()) {
    placeSocket(source.path, path);
  } else {
    await copyTree({
      tree: { root: dirname(source.path), label: dirname(source.path) },
      path: `/${basename(source.path)}`,
      target: path,
      root: session.rootfs,
      rules: { owner: { uid: 0, gid: 0 } },
      signal: session.signal,
    });
  }
}

/** As another name of the socket, which reaches it from inside a chroot too; else by a link. */
function placeSocket(socket: string, path: string): void {
  try {
    linkSync(encodePath(socket), encodePath(path));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EXDEV') throw error;
    symlinkSync(encodePath(socket), encodePath(path));
  }
}

async function takeAway(
  path: string,
  source: MountSource,
  points: MountPoints,
  { rootfs }: BuildSession,
): Promise<void> {
  const isKept = source.type === 'tree' && source.kept;
  const state = isStillInRoot({ root: rootfs, hostPath: path }) ? stateOf(path) : undefined;
  if (state !== undefined) {
    const setBack = points.holdTimes(dirname(path));
    if (isKept && state.isDirectory()) await moveTree({ from: path, to: source.path });
    removeTree(path);
    setBack();
  }
  // The RUN removed the folder, or put something else in its place.
  if (isKept) mkdirSync(encodePath(source.path), { recursive: true });
}

function stateOf(path: string) {
  return lstatSync(encodePath(path), { throwIfNoEntry: false });
}
