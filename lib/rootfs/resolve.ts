// Where a path inside a root filesystem really lies: every symlink on the way is followed as if the root
// were `/`, so that nothing leaves it, however the links lie.
import { lstatSync, readlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { decodePath, encodePath } from './byte-path.js';

/** What the kernel allows before it says ELOOP is 40; BuildKit and containerd allow 255. */
const mostLinks = 255;

/**
 * The absolute host path of `path` as a process would find it whose `/` is `root`.
 *
 * `..` stops at the root and is applied after links are followed. What does not exist is taken as a plain
 * name, so the result may name something that is yet to be made. The answer holds for as long as nobody
 * changes the links: writers must still open the last component without following it.
 * @param root absolute host path of the root filesystem; its own links are the caller's business.
 * @param path inside the root, in the form of `byte-path`; absolute or not, it starts at the root.
 * @param followLast whether a symlink as the last component is followed too.
 * @throws Error ELOOP after 255 links; ENOTDIR where something on the way is no directory.
 */
export function resolveInRoot({
  root,
  path,
  followLast,
}: {
  root: string;
  path: string;
  followLast: boolean;
}): string {
  const pending = componentsOf(path).reverse();
  const resolved: string[] = [];
  let links = 0;
  while (pending.length > 0) {
    const name = pending.pop()!;
    if (name === '..') {
      resolved.pop();
      continue;
    }
    const here = join(root, ...resolved, name);
    const kind = followLast || pending.length > 0 ? kindOf(here) : 'missing';
    if (kind === 'other' && pending.length > 0) {
      const message = `'${path}' cannot be reached: '/${[...resolved, name].join('/')}' is not a directory.`;
      throw Object.assign(new Error(message), { code: 'ENOTDIR', path });
    }
    if (kind !== 'symlink') {
      resolved.push(name);
      continue;
    }
    links++;
    if (links > mostLinks) {
      const message = `'${path}' cannot be reached: more than ${mostLinks} symbolic links, which may form a loop.`;
      throw Object.assign(new Error(message), { code: 'ELOOP', path });
    }
    const target = decodePath(readlinkSync(encodePath(here), 'buffer'));
    if (target.startsWith('/')) resolved.length = 0;
    pending.push(...componentsOf(target).reverse());
  }
  return join(root, ...resolved);
}

/** The path inside `root` of an absolute host path that lies in it, e.g. one that `resolveInRoot` gave. */
export function pathInsideRoot({ root, hostPath }: { root: string; hostPath: string }): string {
  const prefix = join(root, '/');
  return hostPath.startsWith(prefix) ? `/${hostPath.slice(prefix.length)}` : '/';
}

/**
 * Whether a host path that `resolveInRoot` gave is where it was: a RUN may have put a link, which would lead out
 * of the root, in the place of a directory above it. What lies at the path itself is not looked at.
 */
export function isStillInRoot({ root, hostPath }: { root: string; hostPath: string }): boolean {
  let at = root;
  for (const name of componentsOf(dirname(pathInsideRoot({ root, hostPath })))) {
    at = join(at, name);
    if (kindOf(at) !== 'directory') return false;
  }
  return true;
}

function componentsOf(path: string): string[] {
  return path.split('/').filter((name) => name !== '' && name !== '.');
}

function kindOf(hostPath: string): 'missing' | 'symlink' | 'directory' | 'other' {
  const stats = lstatSync(encodePath(hostPath), { throwIfNoEntry: false });
  if (stats === undefined) return 'missing';
  if (stats.isSymbolicLink()) return 'symlink';
  return stats.isDirectory() ? 'directory' : 'other';
}
