// What a snapshot leaves out: ignored paths and mount points, each with all that is below it.
import { lstatSync } from 'node:fs';
import { posix } from 'node:path';
import { encodePath } from '../rootfs/byte-path.js';
import { mountPointsBelow } from '../rootfs/mountinfo.js';
import { parentPath } from './path.js';

export interface LeftOut {
  /** Exactly these and what is below them: `/var/run` never means `/var/runner`. */
  readonly paths: readonly string[];
  /** The directories above those of them that exist: these stay, even where all else in them is deleted. */
  readonly kept: ReadonlySet<string>;
}

/**
 * @param rootfs real path of the root filesystem. When it is `/`, `/proc`, `/sys` and `/dev` are the running
 *   system's, mounted or not; elsewhere they are left out only as mount points.
 * @param ignore paths inside the rootfs.
 * @param earlier what the snapshot to compare with left out: the two must be blind to the same things.
 */
export function pathsLeftOut(rootfs: string, ignore: readonly string[], earlier?: LeftOut): LeftOut {
  const paths = new Set([
    ...(earlier?.paths ?? []),
    ...ignore.map(normalise).filter((path) => path !== '/'),
    ...mountPointsBelow(rootfs),
    ...(rootfs === '/' ? ['/proc', '/sys', '/dev'] : []),
  ]);
  const kept = new Set(earlier?.kept);
  for (const path of paths) {
    if (!exists(rootfs, path)) continue;
    for (let at = parentPath(path); at !== '/'; at = parentPath(at)) kept.add(at);
  }
  return { paths: [...paths], kept };
}

/** For each directory that something is left out of, the names that are. */
export function namesLeftOut(paths: readonly string[]): Map<string, Set<string>> {
  const names = new Map<string, Set<string>>();
  for (const path of paths) {
    const parent = parentPath(path);
    const name = path.slice(path.lastIndexOf('/') + 1);
    names.set(parent, (names.get(parent) ?? new Set()).add(name));
  }
  return names;
}

function normalise(path: string): string {
  return posix.join('/', path).replace(/(?<=.)\/$/, '');
}

function exists(rootfs: string, path: string): boolean {
  try {
    return (
      lstatSync(encodePath(rootfs === '/' ? path : rootfs + path), { throwIfNoEntry: false }) !== undefined
    );
  } catch {
    return false;
  }
}
