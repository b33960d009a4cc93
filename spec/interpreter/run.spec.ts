import { readFileSync } from 'node:fs';
import type { RunInstruction } from '../../lib/dockerfile/instruction.js';
import { executeRun } from '../../lib/interpreter/run.js';
import type { BuildSession } from '../../lib/interpreter/session.js';
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
    const started = Date.now();
    const output = await runs(
      run('setsid sh -c "sleep 1000 & sleep 1000" & sleep 1001 & sleep 0.1; echo done'),
    );
    expect(output).toBe('done\n');
    expect(Date.now() - started).toBeLessThan(5000);
  });

  it('stops on abort', async () => {
    const stop = new AbortController();
    session = { ...session, signal: stop.signal };
    setTimeout(() => stop.abort(new Error('stopped')), 200);
    await expect(runs(run('sleep 1000'))).rejects.toThrow('stopped');
  });
});
