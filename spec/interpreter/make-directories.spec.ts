import fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeDirectories } from '../../lib/interpreter/make-directories.js';
import { setXattr } from '../../lib/rootfs/syscalls.js';

let root: string;
beforeEach(() => {
  root = fs.mkdtempSync(join(tmpdir(), 'make-directories-'));
});
afterEach(() => fs.rmSync(root, { recursive: true }));

const modeOf = (path: string) => fs.statSync(join(root, path)).mode & 0o7777;

/** `user::rwx,group::r-x,other::---` as the kernel keeps it (linux/posix_acl_xattr.h). */
function acl(): Buffer {
  const entries = [
    [0x01, 7],
    [0x04, 5],
    [0x20, 0],
  ] as const;
  const bytes = Buffer.alloc(4 + 8 * entries.length);
  bytes.writeUInt32LE(2, 0);
  for (const [index, [tag, permissions]] of entries.entries()) {
    bytes.writeUInt16LE(tag, 4 + 8 * index);
    bytes.writeUInt16LE(permissions, 6 + 8 * index);
    bytes.writeUInt32LE(0xffff_ffff, 8 + 8 * index);
  }
  return bytes;
}

describe('directories that are made on the way', () => {
  it('have the mode that is asked for, whatever the umask is, and what is there stays as it is', () => {
    fs.mkdirSync(join(root, 'there'), 0o700);
    const umask = process.umask(0o077);
    try {
      makeDirectories({ root, path: '/there/a/b', mode: 0o755 });
    } finally {
      process.umask(umask);
    }
    expect(['there', 'there/a', 'there/a/b'].map(modeOf)).toEqual([0o700, 0o755, 0o755]);
  });

  it('inherit the set-group-ID bit, and what a default ACL does not grant they do not have', () => {
    fs.mkdirSync(join(root, 'group'));
    fs.chmodSync(join(root, 'group'), 0o2775);
    makeDirectories({ root, path: '/group/a', mode: 0o755 });
    expect(modeOf('group/a')).toBe(0o2755);

    fs.mkdirSync(join(root, 'listed'));
    setXattr(join(root, 'listed'), 'system.posix_acl_default', acl());
    makeDirectories({ root, path: '/listed/a/b', mode: 0o755 });
    expect(['listed/a', 'listed/a/b'].map(modeOf)).toEqual([0o750, 0o750]);
  });
});
