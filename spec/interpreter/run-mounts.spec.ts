import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createConnection, createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { type Launcher, openLauncher } from '../../lib/interpreter/launcher.js';
import { executeRun } from '../../lib/interpreter/run.js';
import type { BuildSession } from '../../lib/interpreter/session.js';
import { makeRootfs, removeRootfs } from '../support/rootfs.js';
import { run } from '../support/run.js';
import { makeSession } from '../support/session.js';

/** Everything a layer would see: type, mode, owner, size, mtime and name of each path. */
function listing(rootfs: string): string {
  return execFileSync('find', [rootfs, '-printf', '%P %y %m %U:%G %s %T@ %l\n'], { encoding: 'utf8' });
}

/** A listing less the times of one directory. */
function withoutTimeOf(path: string, lines: string): string {
  return lines.replace(new RegExp(`^(${path} d .*) \\S+ $`, 'm'), '$1');
}

describe.each([
  ['mounts are permitted', true],
  ['mounts are not permitted', false],
])('RUN --mount where %s', (_, permitted) => {
  let launcher: Launcher;
  let rootfs: string;
  let session: BuildSession & { output: () => string };
  const runs = async (line: string, ...mounts: string[]) => {
    await executeRun({ instruction: run(line, { mounts }), session });
    return session.output();
  };

  beforeAll(async () => {
    launcher = openLauncher();
    if (!permitted) launcher = { ...launcher, canMount: async () => false };
  });
  afterAll(() => launcher.close());
  beforeEach(() => {
    rootfs = makeRootfs();
    session = makeSession(rootfs, { launcher });
  });
  afterEach(() => {
    expect(readFileSync('/proc/self/mountinfo', 'utf8')).not.toContain(rootfs);
    expect(readdirSync(session.workDir)).toEqual([]);
    removeRootfs(rootfs);
  });

  it('leaves no trace of what was not there before, parents included', async () => {
    const before = listing(rootfs);
    writeFileSync(join(session.context, 'file'), 'from context');
    const output = await runs(
      'cat /a/b/file /in/dir/file && ls -d /new/cache /new/tmp && stat -c %a /new/tmp',
      'target=/a/b/file,source=file',
      'target=/in/dir',
      'type=cache,target=/new/cache',
      'type=tmpfs,target=/new/tmp',
    );
    expect(output).toBe('from contextfrom context/new/cache\n/new/tmp\n1777\n');
    expect(listing(rootfs)).toBe(before);
  });

  it('brings back what lay underneath, untouched', async () => {
    mkdirSync(join(rootfs, 'var/cache/deep'), { recursive: true });
    writeFileSync(join(rootfs, 'var/cache/deep/old'), 'old');
    writeFileSync(join(rootfs, 'etc/conf'), 'conf');
    chmodSync(join(rootfs, 'var/cache'), 0o750);
    const before = listing(rootfs);
    session = makeSession(rootfs, {
      launcher,
      secrets: new Map([['s', { id: 's', value: Buffer.from('hush') }]]),
    });
    const output = await runs(
      'ls /var/cache; cat /etc/conf; echo x > /var/cache/new',
      'type=cache,target=/var/cache',
      'type=secret,id=s,target=/etc/conf',
    );
    expect(output).toBe('hush');
    expect(listing(rootfs)).toBe(before);
    expect(session.touched.has('/etc') || permitted).toBe(true);
    expect(await runs('cat /var/cache/new', 'type=cache,target=/var/cache')).toBe('x\n');
  });

  it('keeps a cache by its id, owner and mode', async () => {
    const cache = 'type=cache,id=c,target=/c';
    await runs('echo 1 > /c/n; mkdir /c/d; rm -rf /c/d', cache);
    expect(await runs('cat /elsewhere/n', 'type=cache,id=c,target=/elsewhere')).toBe('1\n');
    expect(await runs('ls /c; stat -c %u:%g:%a /c', `${cache},uid=1000,gid=50,mode=0700`)).toBe(
      '1000:50:700\n',
    );
    expect(await runs('ls /c', `${cache},sharing=locked`)).toBe('n\n');
    expect(await runs('ls /c', `${cache},sharing=private`)).toBe('n\n');
    expect(statSync(session.cacheMountDir).isDirectory()).toBe(true);
  });

  it('throws away what is written to a bind mount', async () => {
    writeFileSync(join(session.context, 'file'), 'as it was');
    writeFileSync(join(session.context, 'ignored'), '');
    writeFileSync(join(session.context, '.dockerignore'), 'ignored\n');
    expect(await runs('echo new > /ctx/file; cat /ctx/file; ls /ctx', 'target=/ctx,rw')).toBe('new\nfile\n');
    expect(readFileSync(join(session.context, 'file'), 'utf8')).toBe('as it was');
    await runs('echo new > /ctx/file || true', 'target=/ctx');
    expect(readFileSync(join(session.context, 'file'), 'utf8')).toBe('as it was');
  });

  it('binds from a named context, relative to the working directory', async () => {
    const other = join(dirname(rootfs), 'other');
    mkdirSync(join(other, 'sub'), { recursive: true });
    writeFileSync(join(other, 'sub/f'), 'named');
    session = makeSession(rootfs, { launcher, namedContexts: new Map([['other', other]]) });
    session.config = { WorkingDir: '/tmp' };
    expect(await runs('pwd; cat here/f', 'from=other,source=sub,target=here')).toBe('/tmp\nnamed');
    await expect(runs('true', 'from=alpine,target=/x')).rejects.toThrow('--build-context alpine=DIR');
    await expect(runs('true', 'source=nothing,target=/x')).rejects.toThrow("'nothing'");
  });

  it('shows a secret as file and variable during its RUN only', async () => {
    const secrets = new Map([['token', { id: 'token', value: Buffer.from('hush') }]]);
    session = makeSession(rootfs, { launcher, secrets });
    const file = 'cat /run/secrets/token; stat -c " %u:%g:%a" /run/secrets/token';
    expect(await runs(file, 'type=secret,id=token')).toBe('hush 0:0:400\n');
    expect(
      await runs(
        'cat /t; stat -c " %u:%g:%a" /t',
        'type=secret,id=token,target=/t,uid=1000,gid=50,mode=0440',
      ),
    ).toBe('hush 1000:50:440\n');
    expect(
      await runs('echo "<$T$U>"; ls /', 'type=secret,id=token,env=T', 'type=secret,id=no,env=U'),
    ).toMatch(/^<hush>\n(?!.*run)/s);
    expect(await runs('echo "<$T>"; ls /run 2>&1 || true')).toMatch(/^<>\n.*No such file/);
    await expect(runs('true', 'type=secret,id=none,required=true')).rejects.toThrow(
      "The secret 'none' is required",
    );
  });

  it('touches nothing behind a link that the RUN put above a target', async () => {
    const outside = join(dirname(rootfs), 'outside');
    for (const name of ['cache', 'old']) mkdirSync(join(outside, name), { recursive: true });
    for (const name of ['empty', 'old/file']) writeFileSync(join(outside, name), '');
    writeFileSync(join(outside, 'old/full'), 'precious');
    const before = listing(outside);
    mkdirSync(join(rootfs, 'there/old'), { recursive: true });
    writeFileSync(join(rootfs, 'there/old/covered'), 'covered');
    const secret = { id: 'empty', value: Buffer.from('secret') };
    session = { ...session, secrets: new Map([['empty', secret]]) };
    await runs(
      `for d in made there; do mv /$d /moved-$d; ln -s ${outside} /$d; done`,
      'type=cache,target=/made/cache',
      'type=secret,id=empty,target=/made/empty',
      'type=tmpfs,target=/there/old',
    ).catch(() => {});
    expect(listing(outside)).toBe(before);
  });

  it('mounts inside a mount', async () => {
    writeFileSync(join(session.context, 'file'), 'inner');
    const line = 'cat /outer/deep/file; echo x > /outer/x; ls /outer';
    const mounts = ['target=/outer/deep/file,source=file', 'type=tmpfs,target=/outer,size=1m'];
    expect(await runs(line, ...mounts)).toBe('innerdeep\nx\n');
  });

  it('goes without an SSH agent unless it is required', async () => {
    expect(await runs('echo $SSH_AUTH_SOCK', 'type=ssh')).toBe('/run/buildkit/ssh_agent.0\n');
    await expect(runs('true', 'type=ssh,required=true')).rejects.toThrow("requires the SSH agent 'default'");
  });

  it('neither hangs nor makes anything where a target cannot be made', async () => {
    symlinkSync('/tmp', join(session.context, 'link'));
    const before = listing(rootfs);
    const refusals = permitted
      ? { '/proc/new/point': '/proc/new/point', '/bound/link/point': '/bound/link/point' }
      : { '/etc/passwd/point': '/etc/passwd is not a directory' };
    for (const [target, says] of Object.entries(refusals))
      await expect(runs('true', 'target=/bound', `type=tmpfs,target=${target}`)).rejects.toThrow(says);
    expect(listing(rootfs)).toBe(before);
  });

  it('clears away what is too deep for any path', async () => {
    const down = 'i=0; while [ $i -lt 60 ]; do mkdir $d && cd $d; i=$((i+1)); done; : > file';
    await runs(`d=$(printf %0200d 0); cd /bound; ${down}`, 'target=/bound,rw', 'type=tmpfs,target=/t');
  });

  it('passes the SSH agent on for the time of a RUN', async () => {
    const before = listing(rootfs);
    const agent = join(session.workDir, '../agent');
    const server = createServer((client) => client.pipe(client)).listen(agent);
    const answers: string[] = [];
    const onEvent: BuildSession['onEvent'] = (event) => {
      if (event.type !== 'output') return;
      const [pid, socket] = String(Buffer.from(event.chunk)).trim().split(' ');
      const client = createConnection(`/proc/${pid}/root${socket}`, () => client.end('a question'));
      client.on('data', (data) => answers.push(String(data)));
      client.on('error', (error) => answers.push(error.message));
      client.on('close', () => rmSync(join(rootfs, 'tmp/wait')));
    };
    session = { ...session, sshAgent: agent, onEvent };
    const line = ': > /tmp/wait; echo $$ $SSH_AUTH_SOCK; while [ -e /tmp/wait ]; do sleep 0.05; done';
    await runs(line, 'type=ssh,uid=1000,required=true');
    await runs(line, 'type=ssh,target=/tmp/agent');
    server.close();
    expect(answers).toEqual(['a question', 'a question']);
    expect(withoutTimeOf('tmp', listing(rootfs))).toBe(withoutTimeOf('tmp', before));
  });

  it('executes the script of a here-document', async () => {
    const heredoc = { name: 'EOF', expand: true, range: run('').range };
    const instruction = (content: string) =>
      run('<<EOF', { heredocAlone: true, heredocs: [{ ...heredoc, content, source: `${content}EOF` }] });
    const before = listing(rootfs);
    await executeRun({ instruction: instruction('#!/bin/cat\nitself\n'), session });
    expect(session.output()).toBe('#!/bin/cat\nitself\n');
    await executeRun({ instruction: instruction('echo one\necho $0\n'), session });
    expect(session.output()).toBe('one\n/bin/sh\n');
    await executeRun({
      instruction: run('cat <<EOF && echo after', {
        heredocs: [{ ...heredoc, content: 'document\n', source: 'document\nEOF' }],
      }),
      session,
    });
    expect(session.output()).toBe('document\nafter\n');
    expect(listing(rootfs)).toBe(before);
  });
});
