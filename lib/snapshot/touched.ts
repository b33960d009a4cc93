// Directories that we ourselves had to touch, by making a mount point in them and taking it away again.
// Their ctime moved, which no program can undo; so the diff compares what they were with what they are.

/** What a directory was before we first touched it. */
export interface TouchedDirectory {
  mode: number;
  uid: number;
  gid: number;
  /** Nanoseconds since the epoch. */
  modified: bigint;
  /** Its ctime in milliseconds: whether an instruction had changed it since the snapshot already. */
  stamp: number;
}

/** Touched directories by their path inside the rootfs; the first record of a path stays. */
export type TouchedDirectories = Map<string, TouchedDirectory>;
