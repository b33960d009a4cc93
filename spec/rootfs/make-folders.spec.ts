import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeFolders } from '../../lib/rootfs/make-folders.js';

describe('a folder', () => {
  it('is made with those above it, the highest of which is told', () => {
    const folder = mkdtempSync(join(tmpdir(), 'make-folders-'));
    expect(makeFolders(join(folder, 'a/b/c'), 0o700)).toBe(join(folder, 'a'));
    expect(statSync(join(folder, 'a/b/c')).mode & 0o777).toBe(0o700);
    expect(makeFolders(join(folder, 'a/b'))).toBeUndefined();
    rmSync(folder, { recursive: true });
  });

  it('is refused at once where the file system takes none', () => {
    expect(() => makeFolders('/proc/none/below')).toThrow('ENOENT');
  });
});
