import { join } from 'node:path';
import { readImageReference } from '../../lib/extend/analyzed.js';
import { failureOf, folderWith } from './support/folder.js';

const analyzed = (toml: string) => join(folderWith({ 'analyzed.toml': toml }), 'analyzed.toml');

describe('analyzed.toml', () => {
  const both =
    '[run-image]\nreference = "run@sha256:1"\nextend = true\n[build-image]\nreference = "build@sha256:2"\n';

  it('names the image to extend', async () => {
    expect(await readImageReference({ path: analyzed(both), kind: 'run' })).toBe('run@sha256:1');
    expect(await readImageReference({ path: analyzed(both), kind: 'build' })).toBe('build@sha256:2');
  });

  it.each([
    ['', 102, "has no 'build-image.reference': the restorer writes it when it is given -build-image"],
    ['[run-image]\nreference = "a"', 102, "has no 'build-image.reference'"],
    ['build-image = "a"', 1, "'build-image' must be a table"],
    ['[build-image]\nreference = 1', 1, "'build-image.reference' must be a string"],
    ['[build-image\n', 1, 'analyzed.toml:1:'],
  ])('%j exits %i', async (toml, exitCode, sentence) => {
    const failure = await failureOf(() => readImageReference({ path: analyzed(toml), kind: 'build' }));
    expect(failure.message).toContain(sentence);
    expect(failure.exitCode).toBe(exitCode);
  });

  it('must be there', async () => {
    const failure = await failureOf(() => readImageReference({ path: '/nowhere.toml', kind: 'run' }));
    expect(failure).toMatchObject({ exitCode: 102, message: expect.stringContaining('/nowhere.toml') });
  });
});
