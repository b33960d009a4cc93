// Who a USER is inside a root filesystem: its own /etc/passwd and /etc/group decide, never the machine's.
// The rules are those of BuildKit and runc: https://github.com/moby/sys/blob/main/user/user.go
import { readFileSync, statSync } from 'node:fs';
import { encodePath } from './byte-path.js';
import { resolveInRoot } from './resolve.js';

/** What a process of a user runs as. */
export interface Identity {
  uid: number;
  gid: number;
  /** Supplementary groups, the primary one first. */
  groups: number[];
  /** Home directory by /etc/passwd, `/` where there is no entry. */
  home: string;
}

/** A line of /etc/passwd. */
export interface PasswdEntry {
  name: string;
  uid: number;
  gid: number;
  home: string;
}

/** A line of /etc/group. */
export interface GroupEntry {
  name: string;
  gid: number;
  members: string[];
}

const largestId = 2 ** 31 - 1;
const largestFile = 10 * 1024 * 1024;

/**
 * The identity that `USER <user>` means inside a root filesystem.
 *
 * A name must be in /etc/passwd or /etc/group (root is 0 even without), a number need not be. Supplementary groups come from
 * /etc/group where the user was found by name or number and no group was given.
 * @param user `name|uid[:group|gid]`, already expanded; empty means root.
 * @throws Error with a sentence for an unknown name, or a number that is no id.
 */
export function lookupUser({ rootfs, user }: { rootfs: string; user: string }): Identity {
  const [userPart = '', groupPart = ''] = splitOnce(user, ':');
  const users = readPasswd(rootfs);
  const numericUser = parseId(userPart, user);
  const numericGroup = parseId(groupPart, user);
  const wantedUid = userPart === '' ? 0 : numericUser;
  const entry = users.find(({ name, uid }) =>
    wantedUid === undefined ? name === userPart : uid === wantedUid,
  );
  if (entry === undefined && wantedUid === undefined && userPart !== 'root') {
    throw new Error(
      `USER ${user}: there is no user '${userPart}' in /etc/passwd of the root filesystem; ` +
        'add it with a RUN before, or give its number.',
    );
  }
  const uid = entry?.uid ?? wantedUid ?? 0;
  const home = users.find((candidate) => candidate.uid === uid)?.home ?? '/';
  if (groupPart !== '') {
    const named = readGroups(rootfs).find(({ name }) => name === groupPart)?.gid;
    const gid = numericGroup ?? named ?? (groupPart === 'root' ? 0 : undefined);
    if (gid === undefined) {
      throw new Error(
        `USER ${user}: there is no group '${groupPart}' in /etc/group of the root filesystem; ` +
          'add it with a RUN before, or give its number.',
      );
    }
    return { uid, gid, groups: [gid], home };
  }
  const gid = entry?.gid ?? 0;
  const memberOf =
    entry === undefined ? [] : readGroups(rootfs).filter(({ members }) => members.includes(entry.name));
  return { uid, gid, groups: [...new Set([gid, ...memberOf.map((group) => group.gid)])], home };
}

/** The accounts of a root filesystem, in file order; none where there is no readable /etc/passwd. */
export function readPasswd(rootfs: string): PasswdEntry[] {
  return readTable(rootfs, '/etc/passwd').flatMap(([name = '', , uid = '', gid = '', , home = '']) =>
    isId(uid) ? [{ name, uid: Number(uid), gid: isId(gid) ? Number(gid) : 0, home }] : [],
  );
}

/** The groups of a root filesystem, in file order; none where there is no readable /etc/group. */
export function readGroups(rootfs: string): GroupEntry[] {
  return readTable(rootfs, '/etc/group').flatMap(([name = '', , gid = '', members = '']) =>
    isId(gid) ? [{ name, gid: Number(gid), members: members.split(',').filter(Boolean) }] : [],
  );
}

/** Colon-separated lines of a regular file, found the way a process in the rootfs would find it. */
function readTable(rootfs: string, path: string): string[][] {
  let text: string;
  try {
    const file = encodePath(resolveInRoot({ root: rootfs, path, followLast: true }));
    const { size } = statSync(file);
    if (!statSync(file).isFile() || size > largestFile) return [];
    text = readFileSync(file, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'ELOOP') return [];
    throw error;
  }
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => line.split(':'));
}

function parseId(part: string, user: string): number | undefined {
  if (!/^[+-]?\d+$/.test(part)) return undefined;
  const id = Number(part);
  if (id >= 0 && id <= largestId) return id;
  throw new Error(`USER ${user}: ${part} is no user or group number: they run from 0 to ${largestId}.`);
}

function isId(text: string): boolean {
  return /^\d+$/.test(text);
}

function splitOnce(text: string, separator: string): string[] {
  const at = text.indexOf(separator);
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + 1)];
}
