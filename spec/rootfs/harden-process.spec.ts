import { execFileSync } from 'node:child_process';

/** What a RUN as root, in place, reads of the process that runs it, which holds a credential. */
function readFromRun(line: string): string {
  const script = `
    import { hardenProcess } from '${new URL('../../dist/rootfs/harden-process.js', import.meta.url)}';
    import { openLauncher } from '${new URL('../../dist/interpreter/launcher.js', import.meta.url)}';
    hardenProcess();
    if (process.env.CNB_REGISTRY_AUTH !== 'hush' || process.env.HOME === undefined) throw new Error('env lost');
    const launcher = openLauncher();
    await launcher.launch({
      launch: {
        view: { rootfs: '/', privateMounts: false, mounts: [], staging: '' },
        network: 'host',
        identity: { uid: 0, gid: 0, groups: [0], home: '/' },
        argv: ['/bin/sh', '-c', ${JSON.stringify(line)}],
        env: { PATH: '/usr/bin:/bin' },
        cwd: '/',
      },
      onOutput: (_, chunk) => process.stdout.write(chunk),
      signal: new AbortController().signal,
    });
    await launcher.close();`;
  return execFileSync(process.execPath, ['--input-type=module', '-e', script], {
    encoding: 'utf8',
    env: { ...process.env, CNB_REGISTRY_AUTH: 'hush' },
  });
}

describe('hardenProcess', () => {
  it('keeps a RUN as root from environment, memory, files and root of this process', () => {
    const output = readFromRun(
      'cat /proc/$PPID/environ | tr "\\\\0" " "; ls /proc/$PPID/fd/; ls -d /proc/$PPID/root/; ' +
        'dd if=/proc/$PPID/mem count=1; echo "<$(env)>"; ls /proc/self/fd',
    ).replace(/.*Permission denied\n/g, '');
    expect(output).not.toContain('hush');
    expect(output).toContain('PATH=/usr/bin:/bin');
    expect(output).toMatch(/>\n0\n1\n2\n3\n$/);
  });
});
