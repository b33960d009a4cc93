// Where something is mounted: /proc/self/mountinfo, the only source that tells bind mounts of the same
// device and mounts of single files from what they lie on (proc_pid_mountinfo(5)).
import { readFileSync } from 'node:fs';
import { decodePath } from './byte-path.js';

const mountPointField = 4;

/**
 * The mount points below a directory, as paths inside it: `/proc`, `/etc/resolv.conf`. The directory's own
 * mount, if it is one, is not among them.
 * @param root the real path of the directory; `/` for all mount points.
 */
export function mountPointsBelow(root: string): string[] {
  return parseMountPoints(readFileSync('/proc/self/mountinfo'))
    .map((point) => pathInside(root, point))
    .filter((path): path is string => path !== undefined);
}

/** The mount points that a mountinfo file lists, in its order. */
export function parseMountPoints(mountinfo: Buffer): string[] {
  return mountinfo
    .toString('latin1')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => decodePath(decodeOctal(line.split(' ')[mountPointField] ?? '')));
}

/** The kernel writes space, tab, newline, `\` and `#` as a backslash and three octal digits. */
function decodeOctal(field: string): Buffer {
  const plain = field.replace(/\\([0-7]{3})/g, (_, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 8)),
  );
  return Buffer.from(plain, 'latin1');
}

function pathInside(root: string, path: string): string | undefined {
  if (root === '/') return path === '/' ? undefined : path;
  return path.startsWith(`${root}/`) ? path.slice(root.length) : undefined;
}
