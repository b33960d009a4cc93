// One entry of a layer's tar: a file, directory, link … with everything that the tar says of it.

export type EntryType =
  | 'file'
  | 'directory'
  | 'symlink'
  | 'link'
  | 'character-device'
  | 'block-device'
  | 'fifo';

export interface Entry {
  /** Below the layer's root, without slash at either end (`etc/motd`), in the form of `rootfs/byte-path`; empty: the root. */
  path: string;
  type: EntryType;
  /** Permission bits with setuid, setgid and sticky. */
  mode: number;
  uid: number;
  gid: number;
  /** Bytes of content; 0 for everything but files. */
  size: number;
  /** Nanoseconds since the epoch. */
  modified: bigint;
  /** What a symlink says; for a link the path, in the form of `path`, that it is another name of. */
  linkName?: string;
  /** Of a device. */
  major?: number;
  minor?: number;
  /** Extended attributes, sorted by name. */
  xattrs: [name: string, value: Buffer][];
}
