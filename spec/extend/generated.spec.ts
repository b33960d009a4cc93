import { join } from 'node:path';
import { findDockerfiles } from '../../lib/extend/generated.js';
import type { ExtensionKind } from '../../lib/extend/group.js';
import type { PlatformApi } from '../../lib/extend/platform-api.js';
import { failureOf, folderWith, rememberingLogger } from './support/folder.js';

const find = (
  generated: string,
  kind: ExtensionKind,
  platformApi: PlatformApi,
  ids = ['samples/curl', 'tree'],
) =>
  findDockerfiles({
    kind,
    extensions: ids.map((id) => ({ id })),
    generated,
    app: '/workspace',
    platformApi,
    logger: rememberingLogger(),
  });

describe('before Platform API 0.13', () => {
  const generated = folderWith({
    'build/samples_curl/Dockerfile': 'FROM x',
    'build/samples_curl/extend-config.toml':
      '[[build.args]]\nname = "a"\nvalue = "1"\n[[run.args]]\nname = "b"\nvalue = "2"\n',
    'build/samples_curl/context': null,
    'build/tree/Dockerfile': 'FROM x',
    'run/samples_curl/Dockerfile.ignore': 'FROM x',
    'run/tree/Dockerfile': 'FROM y',
    'tree/run.Dockerfile': 'FROM z',
  });

  it('each kind has its own folder, and the context is the app', async () => {
    expect(await find(generated, 'build', '0.12')).toEqual([
      {
        extensionId: 'samples/curl',
        path: join(generated, 'build/samples_curl/Dockerfile'),
        context: '/workspace',
        buildArgs: { a: '1' },
      },
      {
        extensionId: 'tree',
        path: join(generated, 'build/tree/Dockerfile'),
        context: '/workspace',
        buildArgs: {},
      },
    ]);
    expect((await find(generated, 'run', '0.10')).map(({ path }) => path)).toEqual([
      join(generated, 'run/tree/Dockerfile'),
    ]);
  });

  it('the group decides the order', async () => {
    const found = await find(generated, 'build', '0.12', ['tree', 'samples/curl']);
    expect(found.map(({ extensionId }) => extensionId)).toEqual(['tree', 'samples/curl']);
  });
});

describe('from Platform API 0.13', () => {
  it('each extension has its own folder, with one file a kind', async () => {
    const generated = folderWith({
      'samples_curl/build.Dockerfile': '',
      'samples_curl/run.Dockerfile.ignore': '',
      'samples_curl/extend-config.toml': '[[run.args]]\nname = "b"\nvalue = "2"\n',
      'tree/run.Dockerfile': '',
      'tree/extend-config.toml': '[[run.args]]\nname = "b"\nvalue = "2"\n[[run.args]]\nname = "c"\n',
      'build/tree/Dockerfile': '',
    });
    expect((await find(generated, 'build', '0.13')).map(({ path }) => path)).toEqual([
      join(generated, 'samples_curl/build.Dockerfile'),
    ]);
    expect(await find(generated, 'run', '0.15')).toEqual([
      {
        extensionId: 'tree',
        path: join(generated, 'tree/run.Dockerfile'),
        context: '/workspace',
        buildArgs: { b: '2', c: '' },
      },
    ]);
  });

  it.each([
    [['context'], 'build', 'context'],
    [['context'], 'run', 'context'],
    [['context.build'], 'build', 'context.build'],
    [['context.build'], 'run', undefined],
    [['context.build', 'context.run'], 'run', 'context.run'],
    [[], 'run', undefined],
  ] as const)('with %j, kind %s builds in %p', async (folders, kind, expected) => {
    const files: Record<string, string | null> = { 'tree/build.Dockerfile': '', 'tree/run.Dockerfile': '' };
    for (const folder of folders) files[`tree/${folder}`] = null;
    const generated = folderWith(files);
    const [found] = await find(generated, kind, '0.13');
    expect(found?.context).toBe(expected ? join(generated, 'tree', expected) : '/workspace');
  });

  it('a file named context is no context', async () => {
    const generated = folderWith({ 'tree/build.Dockerfile': '', 'tree/context': 'a file' });
    expect((await find(generated, 'build', '0.13'))[0]?.context).toBe('/workspace');
  });

  it.each(['context.build', 'context.run'])('context beside %s is refused', async (specific) => {
    const generated = folderWith({
      'tree/build.Dockerfile': '',
      'tree/context': null,
      [`tree/${specific}`]: null,
    });
    const failure = await failureOf(() => find(generated, 'build', '0.13'));
    expect(failure.exitCode).toBe(102);
    expect(failure.message).toContain(`has both 'context' and '${specific}'`);
  });
});

describe('extend-config.toml', () => {
  it.each([
    ['[[build.args]]\nname = "user_id"\nvalue = "0"', "gives 'user_id', which only the lifecycle may give"],
    ['[[build.args]]\nname = "base_image"\nvalue = "x"', "gives 'base_image'"],
    ['[[build.args]]\nvalue = "0"', "'build.args[0].name' must be given"],
    ['[[build.args]]\nname = "a"\nvalue = 1', "'build.args[0].value' must be a string"],
    ['[build]\nargs = "a"', "'build.args' must be an array of tables"],
    ['build = 1', "'build' must be a table"],
    ['[[build.args]]\nname = "a"\n\nvalue == "b"', 'extend-config.toml:4:'],
  ])('%j exits 102', async (toml, sentence) => {
    const generated = folderWith({ 'tree/build.Dockerfile': '', 'tree/extend-config.toml': toml });
    const failure = await failureOf(() => find(generated, 'build', '0.13'));
    expect(failure.message).toContain(sentence);
    expect(failure.exitCode).toBe(102);
  });
});
