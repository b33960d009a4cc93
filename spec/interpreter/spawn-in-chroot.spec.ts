// What a RUN gets where unshare(2) is forbidden; the same as in a mount namespace, but for the mounts.
import { once } from 'node:events';
import { chmodSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ChrootCommand } from '../../lib/interpreter/chroot-command.js';
import { spawnInChroot } from '../../lib/interpreter/spawn-in-chroot.js';
import { makeRootfs, removeRootfs } from '../support/rootfs.js';

describe('a command in a chroot of its own', () => {
  const root = { uid: 0, gid: 0, groups: [0], home: '/root' };
  const app = { uid: 1000, gid: 1000, groups: [50, 1000], home: '/home/app' };
  let rootfs: string;
  let output: string;
  const start = (argv: string[], more: Partial<ChrootCommand> = {}) => {
    const [nothing, file] = [openSync('/dev/null', 'r'), openSync(output, 'w')];
    const command = { rootfs, identity: root, argv, env: { PATH: '/bin' }, cwd: '/', ...more };
    return spawnInChroot(command, [nothing, file, file]);
  };
  const run = async (argv: string[], more: Partial<ChrootCommand> = {}) => {
    const [code, signal] = await once(start(argv, more), 'exit');
    return `${readFileSync(output, 'utf8')}${signal ?? code}`;
  };

  beforeEach(() => {
    rootfs = makeRootfs();
    output = join(rootfs, '../output');
  });
  afterEach(() => removeRootfs(rootfs));

  it('has its user, groups, environment and working directory, and the name it was called by', async () => {
    mkdirSync(join(rootfs, 'srv'));
    const argv = ['sh', '-c', 'id -u; id -g; id -G; pwd; echo $0 $GREETING $PATH; exit 7'];
    const env = { PATH: '/bin', GREETING: 'hello world' };
    expect(await run(argv, { identity: app, env, cwd: '/srv' })).toBe(
      '1000\n1000\n1000 50\n/srv\nsh hello world /bin\n7',
    );
  });

  it('is a process of its own group with nothing of ours but its streams, and ends by signals', async () => {
    const child = start(['sh', '-c', 'kill -PIPE $$; echo still there']);
    const [, signal] = await once(child, 'exit');
    expect(signal).toBe('SIGPIPE');
    const sleeper = start(['sleep', '100']);
    expect(readFileSync(`/proc/${sleeper.pid}/cmdline`, 'latin1')).toBe(['sleep', '100', ''].join('\0'));
    expect(readFileSync(`/proc/${sleeper.pid}/stat`, 'latin1').split(' ')[4]).toBe(String(sleeper.pid));
    process.kill(-sleeper.pid!, 'SIGTERM');
    expect((await once(sleeper, 'exit'))[1]).toBe('SIGTERM');
  });

  it('ignores no signal', async () => {
    const sleeper = start(['sleep', '100']);
    expect(readFileSync(`/proc/${sleeper.pid}/status`, 'latin1')).toMatch(/^SigIgn:\s*0+$/m);
    sleeper.kill();
    await once(sleeper, 'exit');
  });

  it('cannot leave by a second chroot', async () => {
    mkdirSync(join(rootfs, 'proc'), { recursive: true });
    const sleeper = start(['sleep', '100']);
    const status = readFileSync(`/proc/${sleeper.pid}/status`, 'latin1');
    sleeper.kill();
    await once(sleeper, 'exit');
    const effective = BigInt(`0x${/^CapEff:\s*(\w+)/m.exec(status)![1]}`);
    expect((effective >> 18n) & 1n).toBe(0n);
  });

  it('takes a script and an environment that are larger than a pipe', async () => {
    const env = { PATH: '/bin', LONG: 'x'.repeat(100_000) };
    expect(await run(['sh', '-c', `echo \${#LONG} # ${'y'.repeat(100_000)}`], { env })).toBe('100000\n0');
  });

  it('says why it could not be started', () => {
    writeFileSync(join(rootfs, 'bin/locked'), '');
    chmodSync(join(rootfs, 'bin/locked'), 0o600);
    const failing = (argv: string[], more?: Partial<ChrootCommand>) => () => start(argv, more);
    expect(failing(['nothing'])).toThrow(expect.objectContaining({ code: 'ENOENT' }));
    expect(failing(['locked'], { identity: app })).toThrow(expect.objectContaining({ code: 'EACCES' }));
    expect(failing(['sh'], { cwd: '/none' })).toThrow(expect.objectContaining({ code: 'ENOENT' }));
  });
});
