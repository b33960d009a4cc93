// The command's exit codes, as the table of docs/platform-api.md has them, where no container is needed to see.
import { spawnSync } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { dockerfile, makePlatform } from '../extend/support/platform.js';

function extender(argv: string[], env: Record<string, string> = { CNB_PLATFORM_API: '0.13' }) {
  const { status, stdout, stderr } = spawnSync(resolve('bin/extender'), argv, {
    encoding: 'utf8',
    env: { PATH: process.env.PATH!, ...env },
  });
  return { status, stdout, stderr };
}

/** Volumes in which everything is in order, but that the Dockerfile is refused before it touches anything. */
function makeVolumes(text = dockerfile('NOT an instruction')) {
  const platform = makePlatform({ rootfs: '/', dockerfiles: { 'one/run.Dockerfile': text } });
  const { folder } = platform;
  const flags = [
    '-layers',
    join(folder, 'layers'),
    '-app',
    join(folder, 'workspace'),
    '-kaniko-dir',
    join(folder, 'kaniko'),
  ];
  return { ...platform, flags: ['-kind', 'run', ...flags] };
}

describe('extender', () => {
  it.each([
    [{}, 'CNB_PLATFORM_API is not set'],
    [{ CNB_PLATFORM_API: '0.9' }, "Platform API '0.9'"],
    [{ CNB_PLATFORM_API: 'x' }, "Platform API 'x'"],
  ])('exits 11 with %j', (env, sentence) => {
    expect(extender(['-bad-flag'], env)).toMatchObject({
      status: 11,
      stderr: expect.stringContaining(sentence),
    });
  });

  it.each([
    [['-bad'], 'Unknown flag -bad'],
    [['-kind', 'x'], 'Flag -kind'],
    [['build'], "Unexpected argument 'build'"],
    [['-uid=cnb'], 'Flag -uid'],
  ])('exits 3 with %j', (argv, sentence) => {
    expect(extender(argv)).toMatchObject({ status: 3, stderr: expect.stringContaining(sentence) });
  });

  it.each([
    ['no group.toml', 1, 'layers/group.toml', undefined],
    ['a malformed group.toml', 1, 'layers/group.toml', '[[group-extensions\n'],
    ['an unknown Buildpack API', 12, 'layers/group.toml', '[[group-extensions]]\nid = "one"\napi = "9.9"\n'],
    ['no analyzed.toml', 102, 'layers/analyzed.toml', undefined],
    ['an empty analyzed.toml', 102, 'layers/analyzed.toml', ''],
    ['a malformed analyzed.toml', 1, 'layers/analyzed.toml', '[run-image]\nreference =\n'],
    ['an image without a digest', 102, 'layers/analyzed.toml', '[run-image]\nreference = "base:latest"\n'],
    ['no base image', 102, 'kaniko', undefined],
    ['a malformed extend-config.toml', 102, 'layers/generated/one/extend-config.toml', 'a = \n'],
    ['two contexts', 102, 'layers/generated/one/context/file', ''],
    ['a malformed Dockerfile', 102, 'layers/generated/one/context.run/file', ''],
  ])('with %s exits %i and names the file', (what, status, path, text) => {
    const { folder, write, flags } = makeVolumes();
    if (what === 'two contexts') write('layers/generated/one/context.run/file', '');
    if (text === undefined) rmSync(join(folder, path), { recursive: true });
    else write(path, text);
    const result = extender(flags);
    expect(result.stderr).toMatch(
      /^error: .*(analyzed|group|extend-config)\.toml|^error: .*(cache\/base|Dockerfile|context)/m,
    );
    expect(result.stdout).toBe('');
    expect(result.status).toBe(status);
  });

  it('names the line of a mistake in TOML', () => {
    const { write, flags } = makeVolumes();
    write('layers/group.toml', '[[group-extensions]]\nid = "a"\nid = "b"\n');
    expect(extender(flags).stderr).toMatch(/group\.toml:3:\d+: not valid TOML: .*\n {2}3 \| id = "b"/);
  });

  it('writes a report', () => {
    const { folder, flags } = makeVolumes(dockerfile('LABEL a=b'));
    const report = join(folder, 'report.json');
    expect(extender([...flags, '-report', report])).toMatchObject({ status: 0 });
    expect(JSON.parse(readFileSync(report, 'utf8'))).toMatchObject({
      manifestDigest: expect.stringMatching(/^sha256:/),
      layers: [],
      instructions: [{ line: 3, text: 'LABEL a=b' }],
    });
  });

  it('says what it does on standard output, and warnings on standard error', () => {
    const { stdout, stderr } = extender(makeVolumes(dockerfile('EXPOSE 80')).flags);
    expect(stdout).toMatch(/^Extending the run image by extension 'one'$/m);
    expect(stderr).toMatch(/^warning: .*EXPOSE is not recommended[^\n]*\n$/);
  });

  it('answers -help and -version', () => {
    expect(extender(['-help'], {})).toMatchObject({
      status: 0,
      stdout: expect.stringContaining('-kaniko-cache-ttl'),
    });
    expect(extender(['--version'], {}).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  });
});
