// What changed in one known directory: itself, the names in it, and the files among them.
import { closeDirectory, directoryStamp, openDirectory } from '../rootfs/open-directory.js';
import { checkFiles } from './check-files.js';
import type { Directory } from './directory-table.js';
import { fingerprint, isUntouched, markOf } from './evidence.js';
import { namesLeftOut } from './left-out.js';
import { type Listing, listDirectory } from './list-directory.js';
import { childPath, splitNames } from './path.js';
import { readOrMiss } from './read-or-miss.js';
import { type Findings, hostPath, type ScanContext } from './scan-task.js';
import { directoryState } from './touched.js';

/** Length of joined names from which on the files of one directory are shared out among the threads. */
const manyFiles = 1 << 17;

/**
 * An untouched directory has the names that it had, so only its files are looked at. A touched one is listed.
 * Where another directory is in its place, that one's files may be old ones that came along when it was moved:
 * then every file in it counts as changed, whatever its ctime.
 * @param replaced that this is so is known already.
 */
export function compareDirectory(
  known: Directory,
  replaced: boolean,
  context: ScanContext,
  result: Findings,
): void {
  const onHost = hostPath(context, known.path);
  const directory = readOrMiss(onHost, result.warnings, () => openDirectory(onHost, 'stamps'));
  if (directory === 'unreadable') return;
  if (directory === 'gone') {
    result.gone.push(known.path);
    return;
  }
  try {
    compareOpen(directory, known, replaced, context, result);
  } finally {
    closeDirectory(directory);
  }
}

function compareOpen(
  directory: number,
  known: Directory,
  replaced: boolean,
  context: ScanContext,
  result: Findings,
): void {
  const onHost = hostPath(context, known.path);
  const { ctimeMs, identity } = directoryStamp(directory);
  const byStamp = context.evidence === 'ctime';
  const untouched = byStamp && isUntouched(ctimeMs, known.mark, context.stamp);
  const same = !byStamp || (!replaced && (untouched || identity === known.identity));
  if (untouched && same) {
    if (identity !== known.identity) result.renumbered.push({ path: known.path, identity });
    checkOrShare(directory, known, context, result);
    return;
  }
  const mark = byStamp ? '' : fingerprint(onHost);
  if (byStamp || mark !== known.mark) noteModified(known.path, onHost, same, result);
  if (!same) result.replaced.push(known.path);
  const skip = namesLeftOut(context.leftOut).get(known.path);
  const listing = readOrMiss(onHost, result.warnings, () => listDirectory(onHost, skip));
  if (listing === 'gone' || listing === 'unreadable') return;
  const files = compareNames(directory, known, listing, same, context, result);
  result.directories.push({ ...known, identity, mark, ...files, directories: listing.directories.join('/') });
}

/** Notes what came, went, or has another type; files that stayed are checked. */
function compareNames(
  directory: number,
  known: Directory,
  listing: Listing,
  same: boolean,
  context: ScanContext,
  result: Findings,
): Pick<Directory, 'files' | 'marks'> {
  const pathOf = (name: string) => childPath(known.path, name);
  const directories = new Set(splitNames(known.directories));
  const byContent = context.evidence === 'content';
  const markOfFile = markedFiles(known);
  const stayed: string[] = [];
  const others: string[] = [];
  for (const name of listing.files) {
    const existed = markOfFile.has(name);
    if (same && existed) {
      stayed.push(name);
      continue;
    }
    others.push(name);
    (existed || directories.has(name) ? result.modified : result.added).push(pathOf(name));
  }
  for (const name of listing.directories) {
    if (directories.has(name)) continue;
    (markOfFile.has(name) ? result.modified : result.added).push(pathOf(name));
    result.fresh.push(pathOf(name));
  }
  const now = new Set([...listing.files, ...listing.directories]);
  for (const name of [...markOfFile.keys(), ...directories])
    if (!now.has(name)) result.deleted.push(pathOf(name));

  const marks = known.marks === '' ? '' : stayed.map((name) => markOfFile.get(name)!).join('/');
  const stayedMarks = checkOrShare(
    directory,
    { path: known.path, files: stayed.join('/'), marks },
    context,
    result,
  );
  const otherMarks = others.map((name) =>
    byContent ? markOf(hostPath(context, pathOf(name)), 'content', context.stamp, result.warnings) : '',
  );
  const allMarks = [...(stayedMarks === '' ? stayed.map(() => '') : stayedMarks.split('/')), ...otherMarks];
  return {
    files: [...stayed, ...others].join('/'),
    marks: allMarks.some((mark) => mark !== '') ? allMarks.join('/') : '',
  };
}

function markedFiles({ files, marks }: Directory): Map<string, string> {
  const known = splitNames(marks);
  return new Map(splitNames(files).map((name, index) => [name, known[index] ?? '']));
}

/** Checks files at once, or leaves very many of them to be shared out; returns their marks. */
function checkOrShare(
  directory: number,
  { path, files, marks }: Pick<Directory, 'path' | 'files' | 'marks'>,
  context: ScanContext,
  result: Findings,
): string {
  if (files.length < manyFiles || marks !== '')
    return checkFiles({ directory, path, files, marks }, context, result);
  result.unchecked.push({ path, files });
  return '';
}

function noteModified(path: string, onHost: string, same: boolean, result: Findings): void {
  result.modified.push(path);
  if (same) result.touched.push([path, directoryState(onHost)]);
}
