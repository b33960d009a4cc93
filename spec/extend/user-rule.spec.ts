import { checkLastUser, isRoot, userOf, warnOfRoot } from '../../lib/extend/user-rule.js';
import type { ImageConfig } from '../../lib/image/config.js';
import { failureOf, folderWith, rememberingLogger } from './support/folder.js';

const rootfs = folderWith({
  'etc/passwd': 'root:x:0:0::/root:\ntoor:x:0:0::/:\ncnb:x:1000:1000::/home/cnb:\n',
});
const config = (User?: string): ImageConfig => ({
  architecture: 'amd64',
  os: 'linux',
  config: User === undefined ? {} : { User },
  rootfs: { type: 'layers', diff_ids: [] },
});

it.each([
  ['cnb', 'cnb', ''],
  ['1000:1001', '1000', '1001'],
  ['cnb:', 'cnb', ''],
  [undefined, '', ''],
])('USER %p is user %p and group %p', (user, name, group) => {
  expect(userOf(config(user))).toEqual({ user: name, group });
});

it('root is known by number, name and account', () => {
  expect(['0', '00', 'root', 'toor'].map((user) => isRoot(user, rootfs))).toEqual([true, true, true, true]);
  expect(['1000', 'cnb', 'nobody', ''].map((user) => isRoot(user, rootfs))).toEqual([
    false,
    false,
    false,
    false,
  ]);
});

it('an extension that leaves root to the next is warned of', () => {
  const logger = rememberingLogger();
  warnOfRoot({ path: '/g/run.Dockerfile', before: '1000', config: config('root'), rootfs, logger });
  warnOfRoot({ path: '/g/run.Dockerfile', before: '1000', config: config('1000'), rootfs, logger });
  expect(logger.warnings).toEqual([
    'Extension from /g/run.Dockerfile changed the user ID from 1000 to root; this must not be the final user ID (a following extension must reset the user).',
  ]);
});

describe('after the last extension', () => {
  const check = (kind: 'build' | 'run', before: string | undefined, after: string | undefined) => {
    const logger = rememberingLogger();
    checkLastUser({ kind, base: config(before), config: config(after), rootfs, logger });
    return logger.warnings;
  };

  it.each(['root', '0', '0:0', 'toor'])('a run image as %s is refused', async (user) => {
    const failure = await failureOf(() => check('run', '1000', user));
    expect(failure.exitCode).toBe(102);
    expect(failure.message).toContain(`would run as root (USER ${user.split(':')[0]})`);
  });

  it('a build image as root, or another user, is warned of', () => {
    const left = (user: string) =>
      `The original user ID was 1000 but the final extension left the user ID set to ${user}.`;
    expect(check('build', '1000', 'root')).toEqual([left('root')]);
    expect(check('run', '1000', 'cnb')).toEqual([left('cnb')]);
    expect(check('run', '1000:1000', '1000')).toEqual([]);
  });

  it('a run image that never had a user stays, with a warning', () => {
    expect(check('run', undefined, undefined)).toEqual([
      'The run image has no user, so its containers run as root.',
    ]);
  });
});
