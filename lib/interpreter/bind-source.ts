// What a `RUN --mount=type=bind` shows: files of a build context, as BuildKit's own transfer of it would have them.
import { lstatSync } from 'node:fs';
import { join } from 'node:path';
import type { BindMount } from '../dockerfile/run-mount.js';
import { encodePath } from '../rootfs/byte-path.js';
import type { MountSource } from '../rootfs/thread-root.js';
import { findSources, hostPath, listSource, openContext, type SourceTree } from './context.js';
import { copyTree } from './copy-tree.js';
import type { BuildSession } from './session.js';

/**
 * The source itself where it is only read, nothing of it is ignored and all of it is root's; else a copy: in a
 * build everything in a context is root's, and what a RUN writes to a bind mount is thrown away.
 * @param staging makes a folder for the copy.
 * @throws Error with a sentence where the source is missing or ignored.
 */
export async function bindSource(
  mount: BindMount,
  session: BuildSession,
  staging: () => string,
): Promise<MountSource> {
  const tree = openContext({ session, ...(mount.from !== undefined && { from: mount.from }) });
  const [found] = findSources(tree, mount.source || '/');
  if (found === undefined) {
    throw new Error(`The source '${mount.source}' of --mount=type=bind was not found in ${tree.label}.`);
  }
  if (mount.readOnly && tree.ignoreFile === undefined && belongsToRoot(tree, found.path)) {
    return { type: 'tree', path: hostPath(tree, found.path), kept: false };
  }
  const copy = join(staging(), 'source');
  await copyTree({
    tree,
    path: found.path,
    target: copy,
    root: session.workDir,
    rules: { owner: { uid: 0, gid: 0 } },
    signal: session.signal,
  });
  return { type: 'tree', path: copy, kept: false };
}

function belongsToRoot(tree: SourceTree, path: string): boolean {
  const stats = lstatSync(encodePath(hostPath(tree, path)));
  if (stats.uid !== 0 || stats.gid !== 0) return false;
  return (
    !stats.isDirectory() ||
    listSource(tree, path, undefined).every((entry) => belongsToRoot(tree, entry.path))
  );
}
