// Which of the files that a directory had before were touched.
import { fingerprint, isUntouched } from './evidence.js';
import { childPath, splitNames } from './path.js';
import { lstatOrMiss, readOrMiss } from './read-or-miss.js';
import { hostPath, type ScanContext, type ScanResult } from './scan-task.js';

/**
 * Adds the touched ones to the result.
 * @param files names joined by `/`, all of them in the directory now and when the earlier snapshot was taken.
 * @param marks theirs, joined likewise; '' where none has one.
 * @returns the marks they have now, joined likewise.
 */
export function checkFiles(
  directory: string,
  files: string,
  marks: string,
  context: ScanContext,
  result: ScanResult,
): string {
  const newMark = context.evidence === 'ctime' ? newMarkByStamp : newMarkByContent;
  const prefix = childPath(hostPath(context, directory), '');
  const names = splitNames(files);
  const known = marks === '' ? undefined : splitNames(marks);
  for (let index = 0; index < names.length; index++) {
    const mark = known?.[index] ?? '';
    const now = newMark(prefix + names[index], mark, context, result);
    if (now === undefined) continue;
    result.modified.push(childPath(directory, names[index]!));
    if (known !== undefined) known[index] = now;
  }
  return known?.join('/') ?? '';
}

/** The new mark where the file was touched; undefined where it was not, or cannot be seen. */
function newMarkByStamp(path: string, mark: string, { stamp }: ScanContext, { warnings }: ScanResult) {
  const stats = lstatOrMiss(path, warnings);
  return typeof stats === 'string' || isUntouched(stats, mark, stamp) ? undefined : '';
}

function newMarkByContent(path: string, mark: string, _: ScanContext, { warnings }: ScanResult) {
  const now = readOrMiss(path, warnings, () => fingerprint(path));
  return now === mark || now === 'gone' || now === 'unreadable' ? undefined : now;
}
