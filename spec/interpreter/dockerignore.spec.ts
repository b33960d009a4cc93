import { constants, writeFileSync } from 'node:fs';
import { executeCopy } from '../../lib/interpreter/copy.js';
import { parseIgnoreFile } from '../../lib/interpreter/dockerignore.js';
import { compilePathPatterns } from '../../lib/interpreter/path-patterns.js';
import { makeNode } from '../../lib/rootfs/syscalls.js';
import { copyInstruction, makeSandbox, readTree, type Tree, writeTree } from './sandbox.js';

describe('compilePathPatterns', () => {
  it.each([
    ['a', 'a', true],
    ['a', 'a/b', true],
    ['a', 'b/a', false],
    ['a/', 'a/b', true],
    ['*.log', 'x.log', true],
    ['*.log', 'd/x.log', false],
    ['*/*.log', 'd/x.log', true],
    ['**/*.log', 'x.log', true],
    ['**/*.log', 'd/e/x.log', true],
    ['**', 'a/b', true],
    ['**/a', 'a', true],
    ['**/a', 'x/a/b', true],
    ['**a', 'xa', true],
    ['a/**', 'a/b/c', true],
    ['a/**', 'a', false],
    ['a/**/z', 'a/z', true],
    ['a/**/z', 'a/b/c/z', true],
    ['a/**/z', 'az', false],
    ['a?c', 'abc', true],
    ['a?c', 'a/c', false],
    ['[a-c]x', 'bx', true],
    ['[^a-c]x', 'bx', false],
    ['a.b', 'axb', false],
    ['a+(b)', 'a+(b)', true],
    ['\\*', '*', true],
    ['\\*', 'x', false],
  ])('%s and %s: %s', (pattern, path, matched) =>
    expect(compilePathPatterns([pattern]).match(path).matched).toBe(matched),
  );
});

describe('parseIgnoreFile', () => {
  it('cleans lines as Docker does', () => {
    const text = '\uFEFF# comment\n\n  a/b/  \r\n/abs\n! /x\n./y//z\n!\n #not a comment\n';
    expect(parseIgnoreFile(text)).toEqual(['a/b', 'abs', '!x', 'y/z', '!', '#not a comment']);
  });
});

describe('.dockerignore', () => {
  const files: Tree = {
    Dockerfile: 'd',
    'a.log': '1',
    'd/b.log': '2',
    'keep/c.log': '3',
    'keep/x': '4',
    'deep/e/f': '5',
  };
  it.each<[string, string, string[]]>([
    ['nothing', '', Object.keys(files)],
    ['itself and the Dockerfile', 'Dockerfile\n', ['a.log', 'd/b.log', 'keep/c.log', 'keep/x', 'deep/e/f']],
    ['by **', '**/*.log', ['Dockerfile', 'd/', 'keep/x', 'deep/e/f']],
    ['a directory', 'keep/', ['Dockerfile', 'a.log', 'd/b.log', 'deep/e/f']],
    ['all but one', '*\n!keep/x', ['keep/x']],
    ['all but a deep one', '**\n!deep/e/f', ['deep/e/f']],
    ['an exception taken back', '*\n!keep\nkeep/c.log', ['keep/x']],
    [
      'an exception that its parents do not inherit',
      '**/*.log\n!keep',
      ['Dockerfile', 'd/', 'keep/x', 'deep/e/f'],
    ],
  ])('leaves out %s', async (_, ignore, expected) => {
    const sandbox = makeSandbox({ context: { ...files, '.dockerignore': `${ignore}\n.dockerignore` } });
    await executeCopy({
      instruction: copyInstruction({ sources: ['.'], destination: '/' }),
      session: sandbox.session,
    });
    expect(Object.keys(readTree(sandbox.rootfs)).sort()).toEqual([...expected].sort());
    sandbox.remove();
  });

  it('gives way to <Dockerfile>.dockerignore, and is its own in a named context', async () => {
    const sandbox = makeSandbox({
      context: { '.dockerignore': 'a', 'Dockerfile.dockerignore': 'b', a: '', b: '' },
    });
    const named = `${sandbox.folder}/named`;
    writeTree(named, { '.dockerignore': 'c', b: '', c: '' });
    const session = { ...sandbox.session, namedContexts: new Map([['other', named]]) };
    await executeCopy({ instruction: copyInstruction({ sources: ['?'], destination: '/x/' }), session });
    await executeCopy({
      instruction: copyInstruction({ sources: ['?'], destination: '/y/', from: 'other' }),
      session,
    });
    expect(readTree(sandbox.rootfs)).toEqual({ 'x/a': '', 'y/b': '' });
    sandbox.remove();
  });
});

describe('an ignore file that is none', () => {
  const instruction = copyInstruction({ sources: ['file'], destination: '/' });

  it('is not waited for where it is a pipe', async () => {
    const sandbox = makeSandbox({ context: { file: 'x' } });
    makeNode(`${sandbox.context}/.dockerignore`, constants.S_IFIFO | 0o600, 0n);
    await expect(executeCopy({ instruction, session: sandbox.session })).rejects.toThrow(
      'not a regular file',
    );
    sandbox.remove();
  });

  it('is not read outside of the context', async () => {
    const sandbox = makeSandbox({ context: { file: 'x', '.dockerignore': '-> ../secret' } });
    writeFileSync(`${sandbox.folder}/secret`, 'file\n');
    await executeCopy({ instruction, session: sandbox.session });
    expect(readTree(sandbox.rootfs)).toEqual({ file: 'x' });
    sandbox.remove();
  });
});
