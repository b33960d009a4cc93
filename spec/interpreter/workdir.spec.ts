import { executeWorkdir } from '../../lib/interpreter/workdir.js';
import { copyInstruction, describeEntry, makeSandbox, type Sandbox, type Tree } from './sandbox.js';

let sandbox: Sandbox;
afterEach(() => sandbox.remove());

async function workdir(
  path: string,
  rootfs: Tree,
  config: { WorkingDir?: string; User?: string } = {},
): Promise<void> {
  sandbox = makeSandbox({ rootfs, config });
  const { range, source } = copyInstruction({ sources: [], destination: '' });
  await executeWorkdir({
    instruction: { keyword: 'WORKDIR', range, source, path },
    session: sandbox.session,
  });
}

describe('WORKDIR makes its directory', () => {
  const passwd = { 'etc/passwd': 'app:x:1001:1002::/:/bin/sh\n' };
  it.each<[string, string, Tree, { WorkingDir?: string; User?: string }, string, string]>([
    ['with parents', '/a/b', {}, {}, 'a', '755 0:0'],
    ['relative to the one before', 'b', {}, { WorkingDir: '/a' }, 'a/b', '755 0:0'],
    ['for the user', '/a', passwd, { User: 'app' }, 'a', '755 1001:1002'],
    ['for a number', '/a', {}, { User: '77' }, 'a', '755 77:77'],
    ['through links', '/l/a', { 'r/': '', l: '-> r' }, {}, 'r/a', '755 0:0'],
    ['where a link leads', '/l', { l: '-> new' }, {}, 'new', '755 0:0'],
    ['but leaves one that is there', '/a', { 'a/': '!700' }, { User: '77' }, 'a', '700 0:0 aged'],
  ])('%s', async (_, path, rootfs, config, found, expected) => {
    await workdir(path, rootfs, config);
    expect(describeEntry(sandbox.rootfs, found)).toBe(expected);
  });

  it('refuses a file in the way, and an unknown user', async () => {
    await expect(workdir('/f/a', { f: '' })).rejects.toThrow(/'\/f' is not a directory/);
    sandbox.remove();
    await expect(workdir('/a', {}, { User: 'bob' })).rejects.toThrow(/USER bob.*no user 'bob'/);
  });
});
