import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

describe('mounts of our own', () => {
  const canMountIn = (root: string): string => {
    const program = `
      import { chdir, chroot } from ${JSON.stringify(resolve('dist/rootfs/thread-calls.js'))};
      import { canMount, prepareThread } from ${JSON.stringify(resolve('dist/rootfs/thread-root.js'))};
      const home = prepareThread();
      chroot(${JSON.stringify(root)});
      chdir('/');
      console.log(canMount(home));`;
    const options = { encoding: 'utf8' } as const;
    return execFileSync(process.execPath, ['--input-type=module', '-e', program], options).trim();
  };

  it('are not for a process in a chroot, whose root no mount is', () => {
    const folder = mkdtempSync(join(tmpdir(), 'chroot-spec-'));
    try {
      expect(canMountIn(folder)).toBe('false');
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
