// One difference between two snapshots of a root filesystem: what `diffSnapshots` yields, `writeLayer` takes.

/**
 * `path` is absolute inside the rootfs (`/etc/motd`), in the form of `rootfs/byte-path`.
 * A path whose type changed is `modified`; a directory that another took the place of is `modified` too, with
 * its vanished children `deleted` and its new ones `added` one by one. Changes are sorted by the bytes of
 * their paths, and a `deleted` directory stands for everything that was below it.
 */
export interface Change {
  path: string;
  kind: 'added' | 'modified' | 'deleted';
}
