import { join } from 'node:path';
import { readGroup } from '../../lib/extend/group.js';
import { failureOf, folderWith, rememberingLogger } from './support/folder.js';

const group = (toml: string) => join(folderWith({ 'group.toml': toml }), 'group.toml');

describe('group.toml', () => {
  it('gives the extensions in order, and leaves buildpacks alone', async () => {
    const path = group(`
[[group]]
id = "some/buildpack"
version = "1"
api = "0.8"
[[group-extensions]]
id = "samples/curl"
version = "0.0.1"
api = "0.9"
homepage = "https://example.com"
[[group-extensions]]
id = "tree"
version = "0.0.2"
api = "0.10"
`);
    expect(await readGroup({ path, logger: rememberingLogger() })).toEqual([
      { id: 'samples/curl', version: '0.0.1' },
      { id: 'tree', version: '0.0.2' },
    ]);
  });

  it('may have no extension', async () => {
    expect(await readGroup({ path: group(''), logger: rememberingLogger() })).toEqual([]);
  });

  it('warns of an extension without an API version', async () => {
    const logger = rememberingLogger();
    await readGroup({ path: group('[[group-extensions]]\nid = "a"\n'), logger });
    expect(logger.warnings[0]).toContain("extension 'a' names no Buildpack API version");
  });

  it.each([
    ['[[group-extensions]]\nid = \n', 1, 'group.toml:2:6: not valid TOML'],
    ['[[group-extensions]\nid = "a"\n', 1, 'group.toml:1:'],
    ['group-extensions = "curl"', 1, "'group-extensions' must be an array of tables"],
    ['group-extensions = ["curl"]', 1, "'group-extensions[0]' must be a table"],
    ['[[group-extensions]]\nversion = "1"', 1, "'group-extensions[0].id' must be given"],
    ['[[group-extensions]]\nid = 7', 1, "'group-extensions[0].id' must be a string"],
    ['[[group-extensions]]\nid = ".."', 1, "'..' cannot be the id"],
    ['[[group-extensions]]\nid = "a"\napi = "9.9"', 12, "Buildpack API '9.9'"],
  ])('%j exits %i', async (toml, exitCode, sentence) => {
    const failure = await failureOf(() => readGroup({ path: group(toml), logger: rememberingLogger() }));
    expect(failure.message).toContain(sentence);
    expect(failure.exitCode).toBe(exitCode);
  });

  it('must be there', async () => {
    const failure = await failureOf(() =>
      readGroup({ path: '/nowhere/group.toml', logger: rememberingLogger() }),
    );
    expect(failure).toMatchObject({ exitCode: 1, message: expect.stringContaining('/nowhere/group.toml') });
  });
});
