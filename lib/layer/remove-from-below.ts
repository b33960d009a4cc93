// Takes away what came from lower layers.
import fs from 'node:fs';
import { decodePath, encodePath } from '../rootfs/byte-path.js';

export interface Removal {
  /** Absolute host path. */
  file: string;
  /** Real paths that came from the layer at hand. */
  kept: ReadonlySet<string>;
  /** Real paths on which something is mounted. */
  mounts: ReadonlySet<string>;
  /** Called for each directory whose names change but that stays. */
  willChange(directory: string): void;
}

/**
 * Removes a path and what is below it, except for what the layer at hand brought itself and what is mounted.
 * @returns whether something stayed
 */
export function removeFromBelow(removal: Removal): boolean {
  const { file, kept, mounts, willChange } = removal;
  if (mounts.has(file)) return true;
  const stat = fs.lstatSync(encodePath(file), { throwIfNoEntry: false });
  if (stat === undefined) return false;
  if (!stat.isDirectory()) {
    if (kept.has(file)) return true;
    fs.unlinkSync(encodePath(file));
    return false;
  }
  let stays = kept.has(file);
  willChange(file);
  for (const name of fs.readdirSync(encodePath(file), { encoding: 'buffer' }))
    if (removeFromBelow({ ...removal, file: `${file}/${decodePath(name)}` })) stays = true;
  if (!stays) fs.rmdirSync(encodePath(file));
  return stays;
}
