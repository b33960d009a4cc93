// How to start the Node.js that runs this, once more.
import { basename, dirname, join } from 'node:path';

/**
 * @returns the words before Node's options and the script. In the portable folder (docs/portable.md) Node.js is
 *   started by the loader beside it, which then is what `process.execPath` names.
 */
export function nodeCommand(): [string, ...string[]] {
  if (!basename(process.execPath).startsWith('ld-')) return [process.execPath];
  const folder = dirname(process.execPath);
  return [process.execPath, '--inhibit-cache', '--library-path', `${folder}/`, join(folder, 'node')];
}
