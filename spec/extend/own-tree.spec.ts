import { chownSync, lstatSync, statSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { ownTree } from '../../lib/extend/own-tree.js';
import { folderWith } from './support/folder.js';

describe('ownTree', () => {
  it('gives everything below, links themselves included, and follows none', () => {
    const outside = folderWith({ secret: '' });
    const path = folderWith({ 'a/b/file': '', empty: null });
    symlinkSync(outside, join(path, 'a/link'));
    ownTree({ path, uid: 1000, gid: 1001 });
    for (const name of ['.', 'a', 'a/b', 'a/b/file', 'a/link', 'empty']) {
      expect(lstatSync(join(path, name))).toMatchObject({ uid: 1000, gid: 1001 });
    }
    expect(statSync(outside).uid).toBe(0);
    expect(statSync(join(outside, 'secret')).uid).toBe(0);
  });

  it('leaves alone what is the users already', () => {
    const path = folderWith({ file: '' });
    chownSync(join(path, 'file'), 1000, 1000);
    const { ctimeNs } = statSync(join(path, 'file'), { bigint: true });
    ownTree({ path, uid: 1000, gid: 1000 });
    expect(statSync(join(path, 'file'), { bigint: true }).ctimeNs).toBe(ctimeNs);
  });

  it('has nothing to do where there is no such directory', () => {
    ownTree({ path: '/no/such/directory', uid: 1, gid: 1 });
  });
});
