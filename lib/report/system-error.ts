// Errors of system calls that come of the state of the machine: what they mean, and what to do.
const cures: Record<string, string> = {
  ENOSPC: 'The disk is full, or it has no inodes left: make room on it.',
  EDQUOT: 'The disk quota is used up: make room, or have it raised.',
  EROFS: 'That is on a read-only file system: mount it writable.',
  EPERM:
    'The kernel refuses that to root too: the file or its directory is immutable or append-only (lsattr shows it, ' +
    'chattr -ia ends it), or a capability was dropped.',
  ENAMETOOLONG:
    'Linux takes names of up to 255 bytes and paths of up to 4095, with that of the root filesystem.',
  EMFILE: 'Too many files are open: raise the limit (ulimit -n).',
};

const unknownOwner =
  'The user namespace in which this runs has no such user or group number: run it as root, or give your account ' +
  'more numbers in /etc/subuid and /etc/subgid.';

/** The message of an error; where it is the bare one of a system call, with what can be done about it. */
export function describeError(error: unknown): string {
  const message = String((error as Error | undefined)?.message ?? error);
  const code = /^(E[A-Z0-9]+): /.exec(message)?.[1];
  const isOwner = code === 'EINVAL' && /chown|setres[ug]id/.test(message);
  const cure = isOwner ? unknownOwner : code && cures[code];
  if (!cure) return message;
  return `${message.length > 400 ? `${message.slice(0, 399)}…` : message}. ${cure}`;
}
