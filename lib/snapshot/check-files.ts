// Which of the files that a directory had before were touched.
import { closeDirectory, ctimeIn, openDirectory } from '../rootfs/open-directory.js';
import { fingerprint, isUntouched } from './evidence.js';
import { childPath, splitNames } from './path.js';
import { missOf, readOrMiss } from './read-or-miss.js';
import { type Findings, hostPath, type ScanContext } from './scan-task.js';

/** Files of one directory, all of them in it now and when the earlier snapshot was taken. */
export interface KnownFiles {
  /** The directory, open. */
  directory: number;
  /** Its path inside the rootfs. */
  path: string;
  /** Names, joined by `/`. */
  files: string;
  /** Theirs, joined likewise; '' where none has one. */
  marks: string;
}

/**
 * Adds the touched ones to the result.
 * @returns the marks they have now, joined likewise.
 */
export function checkFiles(known: KnownFiles, context: ScanContext, result: Findings): string {
  const newMark = context.evidence === 'ctime' ? newMarkByStamp : newMarkByContent;
  const names = splitNames(known.files);
  const marks = known.marks === '' ? undefined : splitNames(known.marks);
  for (let index = 0; index < names.length; index++) {
    const name = names[index]!;
    const now = newMark(known, name, marks?.[index] ?? '', context, result);
    if (now === undefined) continue;
    result.modified.push(childPath(known.path, name));
    if (marks !== undefined) marks[index] = now;
  }
  return marks?.join('/') ?? '';
}

/** Like `checkFiles`, for unmarked files of a directory that is not open yet. */
export function checkMoreFiles(path: string, files: string, context: ScanContext, result: Findings): void {
  const onHost = hostPath(context, path);
  const directory = readOrMiss(onHost, result.warnings, () => openDirectory(onHost, 'stamps'));
  if (typeof directory === 'string') return;
  try {
    checkFiles({ directory, path, files, marks: '' }, context, result);
  } finally {
    closeDirectory(directory);
  }
}

/** The new mark where the file was touched; undefined where it was not, or cannot be seen. Called for every file. */
function newMarkByStamp(
  { directory, path }: KnownFiles,
  name: string,
  mark: string,
  context: ScanContext,
  { warnings }: Findings,
): string | undefined {
  try {
    return isUntouched(ctimeIn(directory, name), mark, context.stamp) ? undefined : '';
  } catch (error) {
    missOf(error, childPath(hostPath(context, path), name), warnings);
    return undefined;
  }
}

function newMarkByContent(
  { path }: KnownFiles,
  name: string,
  mark: string,
  context: ScanContext,
  { warnings }: Findings,
): string | undefined {
  const onHost = childPath(hostPath(context, path), name);
  const now = readOrMiss(onHost, warnings, () => fingerprint(onHost));
  return now === mark || now === 'gone' || now === 'unreadable' ? undefined : now;
}
