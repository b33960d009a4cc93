// The folder that a layout is to be written to: made, checked before any work is done, and taken back on failure.
import fs from 'node:fs';
import { join } from 'node:path';
import { UsageError } from '../report/usage-error.js';
import { kindOf } from '../rootfs/check-folder.js';
import { makeFolders } from '../rootfs/make-folders.js';
import { blobsFolder, readJsonFile } from './blobs.js';
import { versionShape } from './shapes.js';

/** The content of `oci-layout`. */
export const layoutVersion = { imageLayoutVersion: '1.0.0' };

const layoutNames = ['oci-layout', 'index.json', 'blobs'];
/** What a killed process leaves: files that were not yet renamed, a build's work folder. */
const leftOver = /^((oci-layout|index\.json)\.\d+\.tmp|\.extender-.*)$/;

export interface LayoutFolder {
  /** Removes what came since it was opened; the folder itself where it was made then. */
  discard(): void;
}

/**
 * Makes the folder, with those above it, unless it is there.
 * @throws UsageError where it holds something other than an OCI image layout, or cannot be written to
 */
export function openLayoutFolder(directory: string): LayoutFolder {
  checkFolder(directory);
  const made = makeWritable(directory);
  const blobs = join(directory, blobsFolder);
  const before = new Set(fs.existsSync(blobs) ? fs.readdirSync(blobs) : []);
  return {
    discard: () => {
      if (made !== undefined) {
        fs.rmSync(made, { recursive: true, force: true });
        return;
      }
      for (const name of fs.existsSync(blobs) ? fs.readdirSync(blobs) : []) {
        if (!before.has(name)) fs.rmSync(join(blobs, name), { force: true });
      }
      if (fs.existsSync(join(directory, 'index.json'))) return;
      for (const name of ['oci-layout', 'blobs'])
        fs.rmSync(join(directory, name), { recursive: true, force: true });
    },
  };
}

/** @returns the highest folder that was made, if any was. */
function makeWritable(directory: string): string | undefined {
  try {
    const made = makeFolders(directory);
    fs.accessSync(directory, fs.constants.W_OK);
    return made;
  } catch (error) {
    throw new UsageError(`The output ${directory} cannot be written: ${(error as Error).message}.`);
  }
}

function checkFolder(directory: string): void {
  const kind = kindOf('output', directory);
  if (kind === undefined) return;
  if (kind === 'other') throw new UsageError(`The output ${directory} is not a folder: name another.`);
  const names = fs.readdirSync(directory).filter((name) => !leftOver.test(name));
  if (names.length === 0) return;
  const version = join(directory, 'oci-layout');
  const isLayout = names.every((name) => layoutNames.includes(name)) && fs.existsSync(version);
  if (isLayout) {
    readJsonFile(version, versionShape);
    return;
  }
  throw new UsageError(
    `${directory} is not empty and not an OCI image layout: nothing was written. Empty it or name another folder.`,
  );
}
