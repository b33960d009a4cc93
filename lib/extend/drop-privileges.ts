// Turns a root process into a user's, for good: what buildpacks run as.
import { lookupUser, readPasswd } from '../rootfs/accounts.js';
import { writeCapabilities } from '../rootfs/thread-calls.js';
import { errorCode, LifecycleError } from './lifecycle-error.js';

/**
 * Makes the whole process run as a user with one group and no others: real, effective and saved ids and all
 * capabilities go, and it is an error if root could still be had back.
 *
 * HOME and USER in `env` become that user's. Who is not in /etc/passwd gets HOME=/, as containers do.
 * @param options.rootfs whose /etc/passwd says where home is; `/` by default.
 * @param options.env what to change; the process's own environment by default.
 * @throws LifecycleError (`failed`) where the process may not do this, or is not to (uid 0).
 */
export function dropPrivileges(options: {
  uid: number;
  gid: number;
  rootfs?: string;
  env?: NodeJS.ProcessEnv;
}): void {
  const { uid, gid, rootfs = '/', env = process.env } = options;
  if (uid === 0) {
    throw new LifecycleError(
      'failed',
      'Refusing to run the build phase as root: give the user of the build image by -uid and -gid, or CNB_USER_ID and CNB_GROUP_ID.',
    );
  }
  const { home } = lookupUser({ rootfs, user: `${uid}:${gid}` });
  const name = readPasswd(rootfs).find((entry) => entry.uid === uid)?.name;
  if (process.getuid!() !== uid || process.getgid!() !== gid) become(uid, gid);
  if (canBeRootAgain())
    throw new LifecycleError('failed', `The process is uid ${uid} now, but could become root again.`);
  env.HOME = home;
  if (name === undefined) delete env.USER;
  else env.USER = name;
}

function become(uid: number, gid: number): void {
  try {
    process.setgroups!([]);
    process.setgid!(gid);
    process.setuid!(uid);
  } catch (error) {
    throw new LifecycleError(
      'failed',
      `Cannot become uid ${uid}, gid ${gid} (${errorCode(error)}): the extender must start as root to extend a build image.`,
      { cause: error },
    );
  }
  // The kernel has cleared the other sets; the inheritable one could come back over a file's capabilities.
  writeCapabilities({ effective: 0n, permitted: 0n, inheritable: 0n });
}

function canBeRootAgain(): boolean {
  try {
    process.setuid!(0);
    return true;
  } catch {
    return false;
  }
}
