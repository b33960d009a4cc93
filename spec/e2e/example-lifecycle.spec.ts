// The example lifecycle of fixtures/, run as root in a container: what a lifecycle does that imports this library.
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { transformFileSync } from '@swc/core';
import { makeTestImage, type TestImage } from './support/base-image.js';
import { programBinds, runContainer, upperFolder } from './support/container.js';
import { debianRootfs } from './support/debian.js';

const folder = resolve(`build/e2e/lifecycle.${process.pid}`);
let image: TestImage;

beforeAll(async () => {
  mkdirSync(folder, { recursive: true });
  const config = { User: '1000:1000', Env: ['PATH=/usr/sbin:/usr/bin:/sbin:/bin'] };
  image = await makeTestImage({ folder, kanikoDir: join(folder, 'kaniko'), config });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const generate = `#!/bin/sh
id -u > "$CNB_OUTPUT_DIR/generated-by"
mkdir "$CNB_OUTPUT_DIR/context.build"
echo 'echo a tool' > "$CNB_OUTPUT_DIR/context.build/tool"
cat > "$CNB_OUTPUT_DIR/build.Dockerfile" <<'END'
ARG base_image
FROM \${base_image}
USER root
COPY --chmod=755 tool /usr/bin/a-tool
RUN echo "installed by $(id -un)" > /etc/a-tool
ENV TOOL_OPTS="--a=b --c=d"
ARG user_id
ARG group_id
USER \${user_id}:\${group_id}
END
`;
const build = `#!/bin/sh
{ id -u; id -g; id -G; echo "$HOME"; echo "$TOOL_OPTS"; echo "\${CNB_REGISTRY_AUTH-no secret}"; cat /etc/a-tool; a-tool; } > "$CNB_LAYERS_DIR/seen"
setpriv --reuid=0 true 2>/dev/null && echo REGAINED >> "$CNB_LAYERS_DIR/seen"
exit 0
`;

it('generates, extends, drops privileges and builds as the user', () => {
  const script = join(folder, 'lifecycle.mjs');
  const { code } = transformFileSync('fixtures/example-lifecycle/lifecycle.ts', {
    jsc: { parser: { syntax: 'typescript' }, target: 'es2022' },
    module: { type: 'es6' },
  });
  writeFileSync(script, code);
  const container = join(folder, 'container');
  const upper = upperFolder(container);
  cpSync(image.additions, upper, { recursive: true });
  const executable = (path: string, text: string) => {
    mkdirSync(dirname(join(upper, path)), { recursive: true });
    writeFileSync(join(upper, path), text, { mode: 0o755 });
  };
  executable('cnb/extensions/samples_tool/bin/generate', generate);
  executable('cnb/buildpacks/samples_app/bin/build', build);
  const layers = join(folder, 'layers');
  mkdirSync(layers);
  writeFileSync(join(layers, 'analyzed.toml'), `[build-image]\nreference = "${image.reference}"\n`);

  const { status, stderr } = runContainer({
    rootfs: debianRootfs(),
    folder: container,
    binds: { ...programBinds, '/layers': layers, '/kaniko': join(folder, 'kaniko') },
    env: {
      PATH: '/usr/local/bin:/usr/bin:/bin',
      CNB_USER_ID: '1000',
      CNB_GROUP_ID: '1000',
      CNB_REGISTRY_AUTH: 'a-registry-secret',
    },
    argv: ['node', `/opt/extender/${script.slice(resolve('.').length + 1)}`, 'samples/tool', 'samples/app'],
  });

  expect(`${status} ${status === 0 ? '' : stderr}`).toBe('0 ');
  expect(readFileSync(join(layers, 'samples_app/seen'), 'utf8').split('\n')).toEqual([
    ...['1000', '1000', '1000', '/home/cnb', '--a=b --c=d', 'no secret'],
    ...['installed by root', 'a tool', ''],
  ]);
  expect(readFileSync(join(layers, 'generated/samples_tool/generated-by'), 'utf8')).toBe('1000\n');
  expect(statSync(join(upper, 'usr/bin/a-tool')).uid).toBe(0);
  expect(readdirSync(join(folder, 'kaniko'))).toEqual(['cache']);
  expect(existsSync(join(upper, 'layers/generated'))).toBe(false);
});
