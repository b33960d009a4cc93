import { spawn, spawnSync } from 'node:child_process';
import { resolve } from 'node:path';

const module = resolve('dist/rootfs/replace-process.js');
const program = (script: string, env = "{ A: 'b=c', PATH: process.env.PATH, GONE: undefined }") => `
  const { replaceProcess } = await import(${JSON.stringify(module)});
  process.stdout.write('before\\n');
  replaceProcess({ file: '/bin/sh', argv: ['-c', ${JSON.stringify(script)}, 'name', 'last'], env: ${env} });`;
const node = (script: string, options = {}) =>
  spawnSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8', ...options });

describe('replaceProcess', () => {
  it('becomes the program: its arguments, environment, streams and exit code', () => {
    const { stdout, stderr, status } = node(
      program('cat; echo "$1 $A ${GONE-unset} $HOME"; echo err >&2; exit 7'),
      {
        input: 'from stdin\n',
      },
    );
    expect(stdout).toBe('before\nfrom stdin\nlast b=c unset \n');
    expect(stderr).toBe('err\n');
    expect(status).toBe(7);
  });

  it('leaves it no file of ours, no ignored signal and blocking streams', () => {
    const { stdout } = node(
      program(
        'for fd in /proc/$$/fd/*; do echo "${fd##*/}"; done | sort -n | head -3; grep SigIgn /proc/$$/status; grep flags /proc/$$/fdinfo/1',
      ),
      { stdio: ['ignore', 'pipe', 'pipe'] },
    );
    expect(stdout).toMatch(/^before\n0\n1\n2\nSigIgn:\s0000000000000000\nflags:\s0[12]\n$/);
  });

  it('keeps the process id, so signals reach the program itself', async () => {
    const child = spawn(process.execPath, [
      '--input-type=module',
      '-e',
      program('trap "echo got; exit 9" TERM; echo $$; while :; do sleep 0.05; done'),
    ]);
    const output: string[] = [];
    const code = await new Promise((done) => {
      child.stdout.setEncoding('utf8').on('data', (text: string) => {
        output.push(text);
        if (output.join('').includes(`\n${child.pid}\n`) && !child.killed) child.kill('SIGTERM');
      });
      child.on('close', done);
    });
    expect(output.join('')).toBe(`before\n${child.pid}\ngot\n`);
    expect(code).toBe(9);
  });

  it('says what the kernel says where the program cannot be run', () => {
    const script = `
      const { replaceProcess } = await import(${JSON.stringify(module)});
      try { replaceProcess({ file: '/no/builder', argv: [], env: {} }); } catch (error) { console.log(error.code, error.message); }`;
    expect(node(script).stdout).toBe("ENOENT ENOENT: no such file or directory, execve '/no/builder'\n");
  });
});
