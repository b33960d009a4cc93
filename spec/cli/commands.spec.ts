import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import zlib from 'node:zlib';
import { makeRootfs, removeRootfs } from '../support/rootfs.js';

const command = resolve('bin/dockerfile-extender');
let folder: string;
let rootfs: string;
let layout: string;

beforeAll(() => {
  rootfs = makeRootfs();
});
afterAll(() => removeRootfs(rootfs));
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'extender-cli-'));
  layout = join(folder, 'layout');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function run(args: string[], env: Record<string, string> = {}) {
  const { status, stdout, stderr } = spawnSync(command, args, {
    encoding: 'utf8',
    cwd: folder,
    env: { PATH: process.env.PATH ?? '', ...env },
  });
  return { status, stdout, stderr };
}

function apply(text: string, args: string[] = [], env: Record<string, string> = {}) {
  writeFileSync(join(folder, 'Dockerfile'), text);
  return run(['apply', 'Dockerfile', '--rootfs', rootfs, '--output', layout, ...args], env);
}

const imageConfig = () => {
  const blob = (digest: string) =>
    JSON.parse(readFileSync(join(layout, 'blobs/sha256', digest.slice(7)), 'utf8'));
  const { manifests } = JSON.parse(readFileSync(join(layout, 'index.json'), 'utf8'));
  const manifest = blob(manifests[0].digest);
  return { manifest, ...blob(manifest.config.digest) };
};

describe('dockerfile-extender apply', () => {
  it.each([
    {
      case: 'a missing COPY source',
      text: 'FROM base\nCOPY nothing /etc/\n',
      says: [/^error: Dockerfile:2: COPY nothing \/etc\/$/m, /nothing/],
    },
    {
      case: 'a failing RUN',
      text: 'FROM base\nRUN true\nRUN echo out; echo err >&2; exit 3\n',
      says: [/^error: Dockerfile:3: RUN echo out; echo err >&2; exit 3$/m, /exit code 3/, /^ {4}err$/m],
    },
    {
      case: 'a command that is not there',
      text: 'FROM base\nRUN ["/no/such", "thing"]\n',
      says: [/^error: Dockerfile:2: /m, /\/no\/such/],
    },
    {
      case: 'a syntax error',
      text: 'FROM base\n\n  RUM echo\n',
      says: [/^error: Dockerfile:3:3: .*RUM.*RUN/m, /^ {2}3 \| {3}RUM echo$/m],
    },
    {
      case: 'a bad value found when it is evaluated',
      text: 'FROM base\nENV PORT=http\nEXPOSE $PORT\n',
      says: [/^error: Dockerfile:3: EXPOSE \$PORT$/m, /'http'/],
    },
    {
      case: 'an unknown user',
      text: 'FROM base\nUSER nobody-here\nRUN true\n',
      says: [/Dockerfile:3/, /nobody-here/],
    },
    {
      case: 'a name that no layer can hold',
      text: 'FROM base\nRUN touch /tmp/.wh.name\nRUN true\nENV A=b\n',
      says: [
        /^error: Dockerfile:3: RUN true$/m,
        /The layer that ends here .*\/tmp\/\.wh\.name cannot go into/,
      ],
    },
    {
      case: 'a file of nothing but holes, found by the thread that packs',
      text: 'FROM base\nRUN dd if=/dev/null of=/tmp/lastlog bs=1 seek=5G\n',
      says: [/^error: Dockerfile:2: RUN dd /m, /useradd/],
    },
    {
      case: 'a file that is no text',
      text: Buffer.from('FROM base\nRUN true\n', 'utf16le').toString(),
      says: [/^error: Dockerfile:1:2: a NUL character: .*save it as UTF-8$/m],
    },
    {
      case: 'a command with a character that no program can be handed',
      text: 'FROM base\nRUN true a\0b\n',
      says: [/^error: Dockerfile:2: RUN true a/m, /holds a NUL character/],
    },
    {
      case: 'a variable that no program can be handed',
      text: `FROM base\nENV A=${'a'.repeat(200_000)}\nRUN true\n`,
      says: [/^error: Dockerfile:3: RUN true$/m, /cannot be started: Linux takes at most 131071 bytes/],
    },
    {
      case: 'a name longer than Linux takes',
      text: `FROM base\nWORKDIR /${'a'.repeat(300)}\n`,
      says: [/^error: Dockerfile:2: WORKDIR /m, /ENAMETOOLONG: .* names of up to 255 bytes/],
    },
    {
      case: 'a mount point that is something else',
      text: 'FROM base\nRUN --mount=type=tmpfs,target=/etc/passwd true\n',
      says: [/^error: Dockerfile:2: RUN /m, /\/etc\/passwd is not a directory in the root filesystem/],
    },
  ])('exits with 102 for $case, saying where and why, and leaves no output', ({ text, says }) => {
    const { status, stderr } = apply(text);
    expect(status).toBe(102);
    for (const sentence of says) expect(stderr).toMatch(sentence);
    expect(existsSync(layout)).toBe(false);
  });

  it('keeps an older layout, whole, where a later build fails', () => {
    expect(apply('FROM base\nRUN echo 1 > /one\n').status).toBe(0);
    const before = readdirSync(layout, { recursive: true });
    expect(apply('FROM base\nRUN echo 2 > /two\nRUN exit 1\n').status).toBe(102);
    expect(readdirSync(layout, { recursive: true })).toEqual(before);
  });

  it.each([
    { case: 'no arguments', args: [] },
    { case: 'an unknown flag', args: ['apply', 'Dockerfile', '--output', 'o', '--nope'] },
    { case: 'no --output', args: ['apply', 'Dockerfile'] },
    {
      case: 'a rootfs that is a file',
      args: ['apply', 'Dockerfile', '--output', 'o', '--rootfs', 'Dockerfile'],
    },
    {
      case: 'a rootfs that is not there',
      args: ['apply', 'Dockerfile', '--output', 'o', '--rootfs', 'nowhere'],
    },
    { case: 'a Dockerfile that is not there', args: ['apply', 'Other', '--output', 'o', '--rootfs', 'root'] },
    { case: 'a layout that is not there', args: ['inspect', 'nowhere'], says: 'layout nowhere is not there' },
    { case: 'a bad choice', args: ['apply', 'Dockerfile', '--output', 'o', '--compression', 'lzma'] },
    {
      case: 'a typo in a needed option',
      args: ['apply', 'Dockerfile', '--outptu', 'o'],
      says: "unknown option '--outptu'",
    },
    {
      case: 'a bad secret',
      args: ['apply', 'Dockerfile', '--output', 'o', '--rootfs', 'root', '--secret', 'src=/none'],
    },
    {
      case: 'a bad SOURCE_DATE_EPOCH',
      args: ['apply', 'Dockerfile', '--output', 'o', '--rootfs', 'root'],
      epoch: 'now',
    },
    {
      case: 'an output that nobody can make',
      args: ['apply', 'Dockerfile', '--output', '/proc/none/layout', '--rootfs', 'root'],
    },
    {
      case: 'an output below a file',
      args: ['apply', 'Dockerfile', '--output', 'Dockerfile/layout', '--rootfs', 'root'],
    },
    {
      case: 'a rootfs without a name to restore to',
      args: ['restore', '--layers', 'root', '--rootfs', ''],
    },
    {
      case: 'a rootfs to restore to that is not there',
      args: ['restore', '--layers', 'root', '--rootfs', 'nowhere'],
    },
    {
      case: 'layers to restore that are not there',
      args: ['restore', '--layers', 'nowhere', '--rootfs', 'root'],
    },
    { case: 'an output in use', args: ['apply', 'Dockerfile', '--output', '.', '--rootfs', 'root'] },
  ])('exits with 3 for $case and changes nothing', ({ args, epoch, says = '' }) => {
    mkdirSync(join(folder, 'root'));
    writeFileSync(join(folder, 'Dockerfile'), 'FROM base\nCOPY Dockerfile /\n');
    const { status, stderr } = run(args, epoch ? { SOURCE_DATE_EPOCH: epoch } : {});
    expect([status, stderr]).toEqual([3, expect.stringMatching(/\w/)]);
    expect(stderr).toContain(says);
    expect(readdirSync(folder).sort()).toEqual(['Dockerfile', 'root']);
    expect(readdirSync(join(folder, 'root'))).toEqual([]);
  });

  it('refuses zstd before the first instruction where this Node.js cannot write it', () => {
    const { status, stderr } = apply('FROM base\nRUN touch /made\n', ['--compression', 'zstd']);
    const able = 'createZstdCompress' in zlib;
    expect({ status, made: existsSync(join(rootfs, 'made')) }).toEqual({ status: able ? 0 : 3, made: able });
    if (!able) expect(stderr).toContain('zstd needs Node.js 22.15');
  });

  it.each(['text', 'json'])('ends its work where nobody reads its %s any more', (format) => {
    const before = readdirSync(join(rootfs, 'etc'));
    writeFileSync(
      join(folder, 'Dockerfile'),
      'FROM base\nRUN echo 1; sleep 0.3; echo 2\nRUN --mount=type=tmpfs,target=/point seq 3000\n',
    );
    const args = ['apply', 'Dockerfile', '--rootfs', rootfs, '--output', layout, '--log-format', format];
    const script = '{ "$@" 2>&1; echo $? >status; } | head -n 1';
    spawnSync('sh', ['-c', script, 'sh', command, ...args], { cwd: folder });
    expect(readFileSync(join(folder, 'status'), 'utf8')).toBe('0\n');
    expect(readdirSync(layout).sort()).toEqual(['blobs', 'index.json', 'oci-layout']);
    expect(readdirSync(join(rootfs, 'etc'))).toEqual(before);
    expect(existsSync(join(rootfs, 'point'))).toBe(false);
  });

  it('takes a Dockerfile that can be read but once', () => {
    const { status, stderr } = spawnSync(
      'sh',
      [
        '-c',
        'cat | "$@"',
        'sh',
        command,
        'apply',
        '/dev/stdin',
        '--context',
        folder,
        '--rootfs',
        rootfs,
        '--output',
        layout,
      ],
      { encoding: 'utf8', input: 'FROM base\nENV A=1\n' },
    );
    expect([status, stderr]).toEqual([0, expect.stringContaining('0 layers')]);
  });

  it('passes no SSH agent on but the default one, and one that is there', () => {
    const text = 'FROM base\nRUN --mount=type=ssh,required=true true\n';
    expect(apply(text, ['--ssh', 'other=/tmp'])).toMatchObject({
      status: 3,
      stderr: expect.stringContaining('names no agent'),
    });
    expect(apply(text, ['--ssh', 'default']).stderr).toContain('SSH_AUTH_SOCK is not set');
    expect(apply(text, ['--ssh', `default=${rootfs}`]).stderr).toContain(`${rootfs} is no socket`);
  });

  it('takes a build arg from the environment only where it is asked to', () => {
    const text = 'FROM base\nARG a\nARG b\nLABEL a=$a b=$b\n';
    apply(text, ['--build-arg', 'a', '--build-arg', 'c=1=2'], { a: 'from env', b: 'hidden' });
    expect(imageConfig().config.Labels).toEqual({ a: 'from env', b: '' });
  });

  it('makes the same image twice under SOURCE_DATE_EPOCH', () => {
    const text = 'FROM base\nCOPY Dockerfile /d/e\nRUN mkdir -p /d && date > /dev/null && echo x > /d/f\n';
    const env = { SOURCE_DATE_EPOCH: '1700000000' };
    expect(apply(text, [], env).status).toBe(0);
    const first = imageConfig();
    spawnSync('rm', ['-rf', join(rootfs, 'd')]);
    expect(apply(text, [], env).status).toBe(0);
    expect(imageConfig()).toEqual(first);
  });

  it('cuts the layer where build_id is first used, and for each instruction on request', () => {
    const text =
      'FROM base\nRUN echo 1 > /one\nARG build_id=0\nLABEL a=1\nRUN echo 2 > /two\nRUN echo 3 > /three\n';
    apply(text, ['--build-arg', 'build_id=x']);
    expect(imageConfig().manifest.layers).toHaveLength(2);
    apply(text, ['--build-arg', 'build_id=x', '--layering', 'instruction']);
    const { manifest, rootfs: diffs, history } = imageConfig();
    expect(manifest.layers).toHaveLength(3);
    expect(diffs.diff_ids).toHaveLength(3);
    const madeLayers = history.filter((entry: { empty_layer?: boolean }) => !entry.empty_layer);
    expect(madeLayers.map((entry: { created_by: string }) => entry.created_by)).toEqual([
      'RUN /bin/sh -c echo 1 > /one',
      'RUN /bin/sh -c echo 2 > /two',
      'RUN /bin/sh -c echo 3 > /three',
    ]);
  });

  it('writes no layer where nothing changed', () => {
    expect(apply('FROM base\nENV A=1\n').status).toBe(0);
    expect(imageConfig().manifest.layers).toEqual([]);
    expect(apply('FROM base\nRUN true\n').status).toBe(0);
    expect(imageConfig().manifest.layers).toEqual([]);
  });

  it('runs the ONBUILD triggers of the base image and uses them up', () => {
    apply('FROM base\nONBUILD LABEL triggered=yes\nENV A=1\n');
    const base = join(folder, 'base');
    spawnSync('cp', ['-a', layout, base]);
    expect(apply('FROM base\nLABEL own=1\n', ['--base-image', base]).status).toBe(0);
    const { config } = imageConfig();
    expect(config.Labels).toEqual({ triggered: 'yes', own: '1' });
    expect(config.OnBuild).toBeUndefined();
    expect(config.Env).toContain('A=1');
  });

  it('logs JSON on request and reports what each step took', () => {
    const { stderr } = apply('FROM base\nRUN echo said\n', [
      '--log-format',
      'json',
      '--report',
      'report.json',
    ]);
    const records = stderr
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(records).toContainEqual(
      expect.objectContaining({ type: 'output', stream: 'stdout', text: 'said\n' }),
    );
    const report = JSON.parse(readFileSync(join(folder, 'report.json'), 'utf8'));
    expect(report.instructions).toEqual([
      { line: 2, text: 'RUN echo said', milliseconds: expect.any(Number) },
    ]);
    expect(report.phases.map(({ phase }: { phase: string }) => phase)).toContain('scan');
  });
});

describe('dockerfile-extender lint and parse', () => {
  it('prints instruction objects', () => {
    writeFileSync(join(folder, 'Dockerfile'), 'FROM base\nRUN ["a", "b"]\n');
    const { status, stdout } = run(['parse', 'Dockerfile']);
    expect(status).toBe(0);
    expect(JSON.parse(stdout).instructions[1]).toMatchObject({
      keyword: 'RUN',
      command: { form: 'exec', argv: ['a', 'b'] },
      range: { start: { line: 2, column: 1 } },
    });
  });

  it('exits with 102 where a rule that matters is broken, with 0 where none is', () => {
    writeFileSync(join(folder, 'Dockerfile'), 'FROM debian\nRUN true\n');
    const { status, stdout } = run(['lint', '--kind', 'build', '--format', 'json', 'Dockerfile']);
    expect(status).toBe(102);
    expect(JSON.parse(stdout).findings.length).toBeGreaterThan(0);
    const good = resolve('fixtures/extensions/hello/build.Dockerfile');
    expect(run(['lint', '--kind', 'build', good])).toMatchObject({ status: 0 });
  });
});
