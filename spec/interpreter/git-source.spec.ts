import { parseGitSource } from '../../lib/interpreter/git-source.js';

describe('parseGitSource', () => {
  it.each([
    ['https://example.com/a.git', { remote: 'https://example.com/a.git', subdir: '' }],
    ['https://example.com/a.git#v1', { remote: 'https://example.com/a.git', ref: 'v1', subdir: '' }],
    ['https://example.com/a.git#v1:x/y', { ref: 'v1', subdir: 'x/y' }],
    ['https://example.com/a.git#:x/', { subdir: 'x' }],
    ['https://example.com/a.git?branch=b&subdir=s', { ref: 'refs/heads/b', subdir: 's' }],
    ['https://example.com/a.git?tag=t&checksum=abc', { ref: 'refs/tags/t', checksum: 'abc' }],
    ['https://example.com/a.git?keep-git-dir&submodules=false', { keepGitDir: true, submodules: false }],
    ['git@example.com:a/b.git#main', { remote: 'git@example.com:a/b.git', ref: 'main' }],
    ['ssh://git@example.com/a', { remote: 'ssh://git@example.com/a' }],
    ['git://example.com/a', { remote: 'git://example.com/a' }],
  ])('reads %s', (word, expected) => expect(parseGitSource(word)).toMatchObject(expected));

  it.each([
    'a.git',
    './a.git',
    'https://example.com/a.tar',
    'https://example.com/a.git/x',
    'dir/file',
    'a:b',
  ])('takes %s for something else', (word) => expect(parseGitSource(word)).toBeUndefined());

  it('refuses a query that means nothing', () => {
    expect(() => parseGitSource('https://example.com/a.git?x=1')).toThrow(/query 'x'/);
  });
});
