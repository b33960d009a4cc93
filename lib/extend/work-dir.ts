// A folder of ours for the time of one build: beside the outputs, because the root filesystem is not ours to
// write in and a container may have no other place that can be written.
import { randomBytes } from 'node:crypto';
import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { removeTree } from '../rootfs/remove-tree.js';

const prefix = '.extender-';
/** Names of the work folders of this process. */
const open = new Set<string>();

export interface WorkDir {
  path: string;
  remove(): void;
}

/** Makes a work folder below `parent`, and clears away those of builds that were killed. */
export function makeWorkDir(parent: string): WorkDir {
  for (const name of readdirSync(parent)) {
    const pid = name.startsWith(prefix) ? Number(name.slice(prefix.length).split('-')[0]) : Number.NaN;
    if (pid > 0 && !open.has(name) && !isAlive(pid)) removeTree(join(parent, name));
  }
  const name = `${prefix}${process.pid}-${randomBytes(4).toString('hex')}`;
  const path = join(parent, name);
  mkdirSync(path, { mode: 0o700 });
  open.add(name);
  return {
    path,
    remove: () => {
      removeTree(path);
      open.delete(name);
    },
  };
}

/** In containers every build may be the process 1: then a folder of that name that we did not make is stale. */
function isAlive(pid: number): boolean {
  if (pid === process.pid) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}
