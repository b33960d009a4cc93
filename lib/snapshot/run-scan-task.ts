// Does one piece of a scan, in whichever thread it is called.
import { checkMoreFiles } from './check-files.js';
import { compareDirectory } from './compare-directory.js';
import { packDirectories, unpackDirectories } from './directory-table.js';
import { listTree } from './list-tree.js';
import type { Findings, ScanResult, ScanTask } from './scan-task.js';

/** Throws what the file system throws, but for things that vanish or must not be read; of those it warns. */
export function runScanTask(task: ScanTask): ScanResult {
  const result: Findings = {
    added: [],
    modified: [],
    deleted: [],
    directories: [],
    gone: [],
    replaced: [],
    renumbered: [],
    touched: [],
    fresh: [],
    unchecked: [],
    warnings: [],
    latest: 0,
    subsecond: false,
  };
  if (task.kind === 'list') listTree(task.paths, task.context, result);
  else if (task.kind === 'check') checkMoreFiles(task.path, task.files, task.context, result);
  else
    for (const directory of unpackDirectories(task.directories))
      compareDirectory(directory, task.replaced, task.context, result);
  return { ...result, directories: packDirectories(result.directories) };
}
