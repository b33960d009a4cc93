import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { lookupUser } from '../../lib/rootfs/accounts.js';

describe('lookupUser', () => {
  let rootfs: string;
  const lookup = (user: string) => lookupUser({ rootfs, user });

  beforeEach(() => {
    rootfs = mkdtempSync(join(tmpdir(), 'accounts-'));
    mkdirSync(join(rootfs, 'etc'));
    writeFileSync(
      join(rootfs, 'etc/passwd'),
      'root:x:0:0:root:/root:/bin/sh\napp:x:1000:1001::/home/app:\n# comment\nbroken\nshadow:x:1000:7::/late:\n',
    );
    writeFileSync(
      join(rootfs, 'etc/group'),
      'root:x:0:\nwheel:x:10:root,app\nstaff:x:50:app\nother:x:60:else\n',
    );
  });
  afterEach(() => rmSync(rootfs, { recursive: true }));

  it.each([
    ['', { uid: 0, gid: 0, groups: [0, 10], home: '/root' }],
    ['root', { uid: 0, gid: 0, groups: [0, 10], home: '/root' }],
    ['app', { uid: 1000, gid: 1001, groups: [1001, 10, 50], home: '/home/app' }],
    ['1000', { uid: 1000, gid: 1001, groups: [1001, 10, 50], home: '/home/app' }],
    ['app:staff', { uid: 1000, gid: 50, groups: [50], home: '/home/app' }],
    ['1000:1000', { uid: 1000, gid: 1000, groups: [1000], home: '/home/app' }],
    ['4711', { uid: 4711, gid: 0, groups: [0], home: '/' }],
    ['4711:other', { uid: 4711, gid: 60, groups: [60], home: '/' }],
  ])('finds %j', (user, identity) => {
    expect(lookup(user)).toEqual(identity);
  });

  it('refuses unknown names and numbers that are no ids', () => {
    expect(() => lookup('nobody')).toThrow("there is no user 'nobody' in /etc/passwd");
    expect(() => lookup('app:nogroup')).toThrow("there is no group 'nogroup' in /etc/group");
    expect(() => lookup('4294967295')).toThrow('4294967295 is no user or group number');
  });

  it('knows root without any file', () => {
    rmSync(join(rootfs, 'etc'), { recursive: true });
    expect(lookup('root')).toEqual({ uid: 0, gid: 0, groups: [0], home: '/' });
    expect(lookup('root:root')).toEqual({ uid: 0, gid: 0, groups: [0], home: '/' });
  });
});
