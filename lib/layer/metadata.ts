// Gives what was unpacked its owner, mode, extended attributes and times.
import fs from 'node:fs';
import type { Logger } from '../report/logger.js';
import { encodePath } from '../rootfs/byte-path.js';
import { removeXattr, setTimes, setXattr } from '../rootfs/syscalls.js';
import type { Entry } from './entry.js';
import { isPortable, portableXattrs } from './xattrs.js';

/** The order matters: a new owner clears setuid and `security.capability`, and all of it moves the times. */
export function applyMetadata(file: string, entry: Entry, logger: Logger): void {
  fs.lchownSync(encodePath(file), entry.uid, entry.gid);
  if (entry.type !== 'symlink') fs.chmodSync(encodePath(file), entry.mode);
  applyXattrs(file, entry, logger);
  setTimes(file, entry.modified, entry.modified);
}

/** Those that the layer does not have go: inherited ones such as default ACLs too. */
function applyXattrs(file: string, entry: Entry, logger: Logger): void {
  const wanted = new Map(entry.xattrs.filter(([name]) => isPortable(name)));
  for (const [name, value] of portableXattrs(file)) {
    const same = wanted.get(name);
    if (same === undefined) removeXattr(file, name);
    else if (same.equals(value)) wanted.delete(name);
  }
  for (const [name, value] of wanted) {
    try {
      setXattr(file, name, value);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOTSUP') throw error;
      logger.warn(`/${entry.path} goes without ${name}: its file system has no such extended attributes.`);
    }
  }
}
