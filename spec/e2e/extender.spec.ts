// The extender as a platform runs it: in a container of a Debian image, for both layouts of the generated
// directory, two extensions that install by apt.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { ImageConfig } from '../../lib/image/config.js';
import { openLayout } from '../../lib/layout/open-layout.js';
import { makeTestImage, stitch, type TestImage } from './support/base-image.js';
import { makeVolumes, runInImage } from './support/extender.js';

const folder = resolve(`build/e2e/extender.${process.pid}`);
const imageConfig: ImageConfig['config'] = {
  User: '1000:1000',
  Env: [
    'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
    'CNB_STACK_ID=base',
    'OPTS=-Da=b',
  ],
  WorkingDir: '/',
  Labels: { 'io.buildpacks.base.distro.name': 'debian' },
};

const dockerfile = (tool: string, copied: string) => `ARG base_image
FROM \${base_image}

ARG build_id=0
ARG greeting
USER root
RUN apt-get update && apt-get install -y --no-install-recommends ${tool} && rm -rf /var/lib/apt/lists/*
COPY ${copied} /${tool}-from-context
RUN echo "$greeting" > /${tool}-greeting && touch /workspace/lost-${tool} /layers/lost
ENV FROM_${tool.toUpperCase()}="x=\${build_id:+y}=z" CNB_STACK_ID=from-${tool}
LABEL io.buildpacks.rebasable=true
ARG user_id
ARG group_id
USER \${user_id}:\${group_id}
`;
const config = (kind: string, greeting: string) =>
  `[[${kind}.args]]\nname = "greeting"\nvalue = "${greeting}"\n`;
const extensions = ['samples/curl', 'tree'];
const apis = ['0.12', '0.13'] as const;

/** The builder tells who it is, what it sees and that it cannot become root, and exits with a code of its own. */
const builder = `#!/bin/sh
echo "arguments: $*"
echo "ids: $(id -u):$(id -g) groups: $(id -G)"
echo "home: $HOME user: $USER stack: $CNB_STACK_ID curl: $FROM_CURL opts: $OPTS api: $CNB_PLATFORM_API"
echo "auth: \${CNB_REGISTRY_AUTH-none}"
curl --version | head -1
touch /layers/by-builder && echo "may write to layers"
grep -E 'Cap(Prm|Eff|Amb)' /proc/self/status | tr -s '\\t\\n' '  '; echo
setpriv --reuid=0 true 2>/dev/null && echo "REGAINED ROOT"
cat /etc/shadow 2>/dev/null && echo "REGAINED ROOT"
exit 42
`;

let image: TestImage;

beforeAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  image = await makeTestImage({ folder, kanikoDir: join(folder, 'kaniko'), config: imageConfig });
}, 300_000);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** What the extensions generated, in the layout of the API version. */
function generatedFiles(api: string): Record<string, string> {
  const files: Record<string, string> = {};
  for (const id of extensions) {
    const escaped = id.replace('/', '_');
    const tool = escaped.replace('samples_', '');
    for (const kind of ['build', 'run']) {
      if (api === '0.12') {
        files[`${kind}/${escaped}/Dockerfile`] = dockerfile(tool, 'app-file');
        files[`${kind}/${escaped}/extend-config.toml`] = config(kind, `hello ${kind}`);
      } else {
        files[`${escaped}/${kind}.Dockerfile`] = dockerfile(tool, 'context-file');
        files[`${escaped}/context.${kind}/context-file`] = `from context.${kind}\n`;
        files[`${escaped}/extend-config.toml`] = config('build', 'hello build') + config('run', 'hello run');
      }
    }
  }
  return files;
}

function runExtender(name: string, api: string, flags: string[]) {
  const volumes = makeVolumes({
    folder: join(folder, name),
    image,
    extensions,
    generated: generatedFiles(api),
  });
  const container = join(folder, name, 'container');
  const result = runInImage({
    folder: container,
    image,
    api,
    volumes,
    builder,
    argv: ['extender', ...flags],
  });
  return { ...result, volumes };
}

describe.each(apis)('Platform API %s', (api) => {
  const copied = (kind: string) => (api === '0.12' ? 'from the app\n' : `from context.${kind}\n`);

  it('extends the run image for the exporter', () => {
    const name = `run-${api}`;
    const { status, stderr, volumes } = runExtender(name, api, ['-kind', 'run']);
    expect(`${status} ${status === 0 ? '' : stderr}`).toBe('0 ');

    const run = join(volumes['/layers'], 'extended/run');
    const [digest, ...others] = readdirSync(run);
    expect(others).toEqual([]);
    const layout = openLayout({ directory: join(run, digest!) });
    expect(layout.descriptor.digest).toBe(digest);
    expect(layout.layers.map(({ file }) => file !== undefined)).toEqual([false, false, false, true, true]);
    expect(layout.config).toMatchObject({
      created: '0001-01-01T00:00:00Z',
      config: { User: '1000:1000', Labels: { ...imageConfig?.Labels, 'io.buildpacks.rebasable': 'true' } },
    });
    expect(layout.config.history).toHaveLength(5);
    expect(layout.config.history?.[3]?.created_by).toMatch(
      /^Layer: 'RUN apt-get update .*curl.*', Created by extension: samples\/curl$/,
    );
    expect(layout.config.history?.[4]?.created_by).toMatch(/, Created by extension: tree$/);

    const whole = join(folder, name, 'whole');
    const copy = join(folder, name, 'copy');
    stitch({ sparse: join(run, digest!), base: image, directory: whole });
    execFileSync('skopeo', ['--insecure-policy', 'copy', '-q', `oci:${whole}`, `oci:${copy}:extended`]);
    execFileSync('umoci', ['unpack', '--image', `${copy}:extended`, join(folder, name, 'bundle')]);
    const rootfs = join(folder, name, 'bundle/rootfs');
    const inside = (...argv: string[]) => execFileSync('chroot', [rootfs, ...argv], { encoding: 'utf8' });
    expect(inside('curl', '--version')).toMatch(/^curl 7/);
    expect(inside('tree', '--version')).toMatch(/^tree v/);
    expect(readFileSync(join(rootfs, 'curl-from-context'), 'utf8')).toBe(copied('run'));
    expect(readFileSync(join(rootfs, 'tree-greeting'), 'utf8')).toBe('hello run\n');
    expect(readdirSync(join(rootfs, 'workspace'))).toEqual([]);
    expect(existsSync(join(rootfs, 'layers/lost'))).toBe(false);
    expect(readdirSync(join(volumes['/kaniko']))).toEqual(['cache']);
    expect(readdirSync(join(volumes['/layers'], 'extended'))).toEqual(['run']);
  });

  it('extends the build image in place and becomes the builder', () => {
    const name = `build-${api}`;
    const { status, stdout, stderr, upper, volumes } = runExtender(name, api, ['-uid', '1000', '-gid=1000']);
    expect(`${status} ${status === 42 ? '' : stderr}`).toBe('42 ');
    expect(stdout.split('\n')).toEqual(
      expect.arrayContaining([
        'arguments: -analyzed /layers/analyzed.toml -app /workspace -build-config /cnb/build-config ' +
          '-buildpacks /cnb/buildpacks -group /layers/group.toml -layers /layers -log-level info ' +
          '-plan /layers/plan.toml -platform /platform',
        'ids: 1000:1000 groups: 1000',
        `home: /home/cnb user: cnb stack: from-tree curl: x=y=z opts: -Da=b api: ${api}`,
        'auth: none',
        'may write to layers',
        'CapPrm: 0000000000000000 CapEff: 0000000000000000 CapAmb: 0000000000000000 ',
      ]),
    );
    expect(stdout).toMatch(/^curl 7/m);
    expect(stdout).not.toContain('REGAINED');
    expect(readFileSync(join(upper, 'curl-from-context'), 'utf8')).toBe(copied('build'));
    expect(readFileSync(join(upper, 'curl-greeting'), 'utf8')).toBe('hello build\n');
    expect(readdirSync(join(volumes['/kaniko']))).toEqual(['cache']);
  });
});
