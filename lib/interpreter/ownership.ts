// Who owns what COPY, ADD and WORKDIR make: `--chown` and USER, looked up in the rootfs's own accounts.
import { readGroups, readPasswd } from '../rootfs/accounts.js';

export interface Ownership {
  uid: number;
  gid: number;
}

const largestId = 2 ** 31 - 1;

/**
 * The owner that `user[:group]` means, as `--chown` and WORKDIR read it. A user's name brings its primary
 * group, a user's number alone is the group's number too; what is empty beside the colon means 0.
 * @param owner names or numbers.
 * @param flag what errors call it, e.g. `--chown=app`.
 * @throws Error for a name that the rootfs does not know, or a number out of range.
 */
export function lookupOwnership({
  rootfs,
  owner,
  flag,
}: {
  rootfs: string;
  owner: string;
  flag: string;
}): Ownership {
  const colon = owner.indexOf(':');
  const user = colon < 0 ? owner : owner.slice(0, colon);
  const ids = user === '' ? { uid: 0, gid: 0 } : lookupUserPart(rootfs, user, flag);
  if (colon < 0) return ids;
  const group = owner.slice(colon + 1);
  return { uid: ids.uid, gid: group === '' ? 0 : lookupGroupPart(rootfs, group, flag) };
}

/** Whether looking up an owner needs the accounts of a rootfs. */
export function namesAccounts(owner: string): boolean {
  return owner.split(':', 2).some((part) => part !== '' && part !== 'root' && !/^\d+$/.test(part));
}

function lookupUserPart(rootfs: string, user: string, flag: string): Ownership {
  const number = parseId(user, flag);
  if (number !== undefined) return { uid: number, gid: number };
  const entry = readPasswd(rootfs).find(({ name }) => name === user);
  if (entry === undefined) throw unknownName('user', user, '/etc/passwd', flag);
  return { uid: entry.uid, gid: entry.gid };
}

function lookupGroupPart(rootfs: string, group: string, flag: string): number {
  const number = parseId(group, flag);
  if (number !== undefined) return number;
  const entry = readGroups(rootfs).find(({ name }) => name === group);
  if (entry === undefined) throw unknownName('group', group, '/etc/group', flag);
  return entry.gid;
}

function parseId(part: string, flag: string): number | undefined {
  if (part === 'root') return 0;
  if (!/^[-+]?\d+$/.test(part)) return undefined;
  const id = Number(part);
  if (id >= 0 && id <= largestId) return id;
  throw new Error(
    `${flag} cannot be used: ${part} is no user or group number; they run from 0 to ${largestId}.`,
  );
}

function unknownName(what: string, name: string, file: string, flag: string): Error {
  return new Error(
    `${flag} cannot be used: there is no ${what} '${name}' in ${file} of the root filesystem. ` +
      'Add it with a RUN before, or give its number.',
  );
}
