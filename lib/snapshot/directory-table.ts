// The directories of a snapshot, as few long strings: so a first scan leaves little for the garbage collector
// to carry about, and threads hand each other strings rather than a hundred thousand objects.

/** One directory. The names are joined by `/`, which no name holds. */
export interface Directory {
  /** Absolute inside the rootfs; the rootfs itself is `/`. */
  path: string;
  /** Device and inode number: whether this is still the same directory, however its name moved. */
  identity: string;
  /** Names of the directories in it. */
  directories: string;
  /** Names of everything else in it. */
  files: string;
  /** One mark for each of `files`, joined likewise; '' where ctime alone tells whether the file changed. */
  marks: string;
  /** The mark of the directory itself. */
  mark: string;
}

/** Each form is made of the other when it is first asked for. */
export interface DirectoryTable {
  /** Pieces of work for a thread, each for `unpackDirectories`. */
  pieces(): readonly string[];
  /** Parents before children. */
  byPath(): ReadonlyMap<string, Directory>;
}

/** Length of joined names that makes a piece: some thousand files. */
const enoughNames = 1 << 15;
const enoughDirectories = 512;

/** @param pieces parents before children. */
export function tableOfPieces(pieces: readonly string[]): DirectoryTable {
  let map: ReadonlyMap<string, Directory> | undefined;
  const byPath = () =>
    new Map(pieces.flatMap(unpackDirectories).map((directory) => [directory.path, directory]));
  return { pieces: () => pieces, byPath: () => (map ??= byPath()) };
}

/** @param map parents before children. */
export function tableOfMap(map: ReadonlyMap<string, Directory>): DirectoryTable {
  let pieces: readonly string[] | undefined;
  return { pieces: () => (pieces ??= [...cut(map.values())].map(packDirectories)), byPath: () => map };
}

function* cut(directories: Iterable<Directory>): Generator<Directory[]> {
  let piece: Directory[] = [];
  let names = 0;
  for (const directory of directories) {
    piece.push(directory);
    names += directory.files.length;
    if (names < enoughNames && piece.length < enoughDirectories) continue;
    yield piece;
    piece = [];
    names = 0;
  }
  if (piece.length > 0) yield piece;
}

/** Fields after one another, with NUL between them, which no name holds. */
export function packDirectories(directories: readonly Directory[]): string {
  const fields: string[] = [];
  for (const { path, identity, directories: below, files, marks, mark } of directories)
    fields.push(path, identity, below, files, marks, mark);
  return fields.join('\0');
}

export function unpackDirectories(packed: string): Directory[] {
  const directories: Directory[] = [];
  const fields = packed === '' ? [] : packed.split('\0');
  for (let at = 0; at < fields.length; at += 6) {
    const [path, identity, below, files, marks, mark] = fields.slice(at, at + 6) as Fields;
    directories.push({ path, identity, directories: below, files, marks, mark });
  }
  return directories;
}

type Fields = [string, string, string, string, string, string];
