// What a RUN may do: Docker's default capabilities, as far as we have them ourselves.
import { prctl, readCapabilities, writeCapabilities } from './thread-calls.js';

export const CAP_SETPCAP = 8;
export const CAP_SYS_CHROOT = 18;
export const CAP_SYS_ADMIN = 21;

const PR_CAPBSET_READ = 23;
const PR_CAPBSET_DROP = 24;
const PR_SET_KEEPCAPS = 8;
const largestCapability = 63;

/** CHOWN, DAC_OVERRIDE, FOWNER, FSETID, KILL, SETGID, SETUID, SETPCAP, NET_BIND_SERVICE, NET_RAW, SYS_CHROOT, MKNOD, AUDIT_WRITE, SETFCAP. */
const dockerDefault = new Set([0, 1, 3, 4, 5, 6, 7, 8, 10, 13, 18, 27, 29, 31]);

/** Whether this thread has a capability in effect. */
export function hasCapability(capability: number): boolean {
  return ((readCapabilities().effective >> BigInt(capability)) & 1n) === 1n;
}

/**
 * Takes from this thread, for good, what its child processes must not get: everything outside Docker's default
 * set leaves the bounding set, and nothing is inheritable. The thread's own capabilities stay, also while it
 * has the identity of another user, so that it can come back.
 */
export function limitChildCapabilities(): void {
  prctl(PR_SET_KEEPCAPS, 1);
  const sets = readCapabilities();
  writeCapabilities({ ...sets, inheritable: 0n });
  if (!hasCapability(CAP_SETPCAP)) return;
  for (let capability = 0; capability <= largestCapability; capability++) {
    if (dockerDefault.has(capability)) continue;
    try {
      if (prctl(PR_CAPBSET_READ, capability) === 1) prctl(PR_CAPBSET_DROP, capability);
    } catch (error) {
      // The kernel's last capability was the one before.
      if ((error as NodeJS.ErrnoException).code === 'EINVAL') return;
      throw error;
    }
  }
}

/**
 * Takes CAP_SYS_CHROOT from this thread's child processes, for good: who is held by nothing but chroot(2) can leave
 * with a second one.
 */
export function forbidChroot(): void {
  if (hasCapability(CAP_SETPCAP)) prctl(PR_CAPBSET_DROP, CAP_SYS_CHROOT);
}

/** Puts every permitted capability into effect: a change of user id takes them out of it. */
export function raiseCapabilities(): void {
  const sets = readCapabilities();
  writeCapabilities({ ...sets, effective: sets.permitted });
}
