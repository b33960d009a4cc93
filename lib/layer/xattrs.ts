// Which extended attributes belong to an image, and which to the machine that it was made on.
import { readXattrs } from '../rootfs/syscalls.js';

/** SELinux labels come from the machine's policy, NFS's from its server, overlayfs' from the mount. */
const ofTheMachine = /^(security\.selinux|system\.nfs4_acl|(trusted|user)\.overlay\..*)$/;

/** The extended attributes of a path that go into a layer, sorted by name. */
export function portableXattrs(file: string): [name: string, value: Buffer][] {
  return readXattrs(file).filter(([name]) => isPortable(name));
}

/** Whether an attribute goes into a layer, and out of one. A PAX record cannot hold a name with an equals sign. */
export function isPortable(name: string): boolean {
  return !ofTheMachine.test(name) && !name.includes('=');
}
