// Takes away what came from lower layers.
import fs from 'node:fs';
import { decodePath, encodePath } from '../rootfs/byte-path.js';

/**
 * Removes a path and what is below it, except for what the layer at hand brought itself.
 * @param kept real paths that came from the layer at hand
 * @param willChange called for each directory whose names change but that stays
 * @returns whether something stayed
 */
export function removeFromBelow(
  file: string,
  kept: ReadonlySet<string>,
  willChange: (directory: string) => void,
): boolean {
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
    if (removeFromBelow(`${file}/${decodePath(name)}`, kept, willChange)) stays = true;
  if (!stays) fs.rmdirSync(encodePath(file));
  return stays;
}
