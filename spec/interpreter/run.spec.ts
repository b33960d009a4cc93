import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { RunInstruction } from '../../lib/dockerfile/instruction.js';
import { openLauncher } from '../../lib/interpreter/launcher.js';
import { executeRun } from '../../lib/interpreter/run.js';
import type { BuildSession } from '../../lib/interpreter/session.js';
import { setXattr } from '../../lib/rootfs/syscalls.js';
import { diffSnapshots } from '../../lib/snapshot/diff-snapshots.js';
import { takeSnapshot } from '../../lib/snapshot/take-snapshot.js';
import { makeRootfs, removeRootfs } from '../support/rootfs.js';
import { run } from '../support/run.js';
import { makeSession } from '../support/session.js';

describe('RUN', () => {
  let rootfs: string;
  let session: BuildSession & { output: () => string };
  const runs = async (instruction: RunInstruction) => {
    await executeRun({ instruction, session });
    return session.output();
  };

  beforeEach(() => {
    rootfs = makeRootfs();
    session = makeSession(rootfs);
  });
  afterEach(async () => {
    await session.launcher.close();
    expect(readFileSync('/proc/self/mountinfo', 'utf8')).not.toContain(rootfs);
    removeRootfs(rootfs);
  });

  it('runs a shell line as root, with nothing but the image environment', async () => {
    process.env.CNB_REGISTRY_AUTH = 'secret';
    session.environment.set('GREETING', 'hello world');
    const output = await runs(run(['env']));
    delete process.env.CNB_REGISTRY_AUTH;
    expect(output.trim().split('\n').sort()).toEqual([
      'GREETING=hello world',
      'HOME=/root',
      'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
    ]);
    expect(await runs(run('echo $0; id; pwd; umask'))).toBe(
      '/bin/sh\nuid=0(root) gid=0(root) groups=0(root)\n/\n0022\n',
    );
  });

  it('runs as the user, with its groups and home, in the working directory', async () => {
    session.config = { User: 'app', WorkingDir: '/srv/new' };
    expect(await runs(run('id; pwd; echo $HOME; stat -c %u:%g:%a . ..; echo x > /dev/stderr'))).toBe(
      'uid=1000(app) gid=1000(app) groups=50(staff),1000(app)\n/srv/new\n/home/app\n1000:1000:755\n1000:1000:755\nx\n',
    );
  });

  it('fails with the exit code, the signal, or the program that is not there', async () => {
    await expect(runs(run('exit 3'))).rejects.toThrow('ended with exit code 3');
    await expect(runs(run('kill -9 $$'))).rejects.toThrow('signal SIGKILL');
    await expect(runs(run(['nothing', 'here']))).rejects.toThrow('there is no nothing in the image');
    session.config = { Shell: ['/bin/bash', '-c'] };
    await expect(runs(run('true'))).rejects.toThrow('This image has no /bin/bash');
  });

  it('ends what the command left behind', async () => {
    const output = await runs(
      run('setsid sh -c "sleep 1000 & sleep 1000" & sleep 1001 & sleep 0.1; echo done'),
    );
    expect(output).toBe('done\n');
  });

  it('ends what starts itself anew before it ends', async () => {
    const script = '#!/bin/sh\\nsetsid /again >/dev/null 2>&1 &\\necho >>/beats\\nsleep 0.02\\n';
    await runs(run(`printf '${script}' >/again; chmod +x /again; (/again &); sleep 0.2`));
    const beats = readFileSync(join(rootfs, 'beats'));
    await new Promise((resolve) => setTimeout(resolve, 300));
    const later = readFileSync(join(rootfs, 'beats'));
    for (const name of ['again', 'beats']) rmSync(join(rootfs, name));
    expect(later).toEqual(beats);
  });

  it('stops on abort', async () => {
    const stop = new AbortController();
    session = { ...session, signal: stop.signal };
    setTimeout(() => stop.abort(new Error('stopped')), 200);
    await expect(runs(run('sleep 1000'))).rejects.toThrow('stopped');
  });

  it("lets a RUN see neither our files nor more than Docker's capabilities", async () => {
    const output = await runs(
      run(
        'ls /proc/self/fd; grep CapEff /proc/self/status; chroot /proc/1/root ls /nothing 2>&1 || true; mount -t tmpfs x /tmp 2>&1',
      ),
    ).catch((error: Error) => error.message);
    expect(output).toContain('exit code');
    expect(session.output()).toMatch(
      /^0\n1\n2\n3\nCapEff:\t00000000a80425fb\n.*Permission denied\n.*(denied|not permitted)/s,
    );
  });

  it('lets a RUN open no device that it makes, and leave by no second chroot', async () => {
    const line =
      'for d in / /tmp /dev /t /c; do mknod $d/new c 1 5; head -c 1 $d/new; done; head -c 1 /dev/zero | wc -c';
    const mounts = ['type=tmpfs,target=/t', 'type=cache,target=/c'];
    expect((await runs(run(`(${line}) 2>&1`, { mounts }))).match(/Permission denied|1$/gm)).toHaveLength(6);
    const alone = openLauncher();
    session = { ...session, launcher: { ...alone, canMount: async () => false } };
    expect(await runs(run('chroot / /bin/true 2>&1 || echo refused'))).toMatch(/not permitted\nrefused/);
    await alone.close();
  });

  it('has its attributes on a directory of ours noticed', async () => {
    removeRootfs(rootfs);
    rootfs = makeRootfs({ bare: true });
    session = { ...session, rootfs };
    const before = await takeSnapshot({ rootfs });
    await runs(run('true'));
    setXattr(rootfs, 'user.new', Buffer.from('value'));
    const after = await takeSnapshot({ rootfs, since: before });
    expect(diffSnapshots({ before, after, touched: session.touched })).toEqual([
      { path: '/', kind: 'modified' },
    ]);
  });

  it('has no network with --network=none', async () => {
    expect(await runs(run('ip -o link | wc -l; ip -o addr show lo', { network: 'none' }))).toMatch(
      /^1\n.*127\.0\.0\.1/,
    );
  });

  it('keeps the mount points of a bare root filesystem out of it', async () => {
    removeRootfs(rootfs);
    rootfs = makeRootfs({ bare: true });
    session = { ...session, rootfs };
    expect(await runs(run('ls -d /proc/self /sys/kernel /dev/null /etc/hosts'))).toBe(
      '/dev/null\n/etc/hosts\n/proc/self\n/sys/kernel\n',
    );
    expect(readdirSync(rootfs)).toEqual(['bin']);
    expect([...session.touched.keys()]).toEqual(['/']);
  });
});
