// What is mounted below a directory, to be left alone.
import { dirname } from 'node:path';
import { mountPointsBelow } from './mountinfo.js';

export interface Mounts {
  /** Real host paths. */
  points: ReadonlySet<string>;
  /** The mount point that a path is, or lies below; undefined for what is not mounted. */
  above(path: string): string | undefined;
}

/** @param root real path of a directory; its own mount, if it is one, is not among them. */
export function mountsOf(root: string): Mounts {
  const points = new Set(mountPointsBelow(root).map((path) => (root === '/' ? path : root + path)));
  const above = (path: string): string | undefined => {
    for (let at = path; points.size > 0 && at.length > root.length; at = dirname(at))
      if (points.has(at)) return at;
    return undefined;
  };
  return { points, above };
}
