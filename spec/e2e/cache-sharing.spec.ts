// Ten processes on one cache at once, four of them killed at random moments, 200 times.
import { join } from 'node:path';
import { checkShared, shareOnce } from '../cache/support/sharing.js';
import { folderWith } from '../extend/support/folder.js';

it('is never wrong in 200 rounds', async () => {
  const folder = folderWith();
  const cacheDir = join(folder, 'cache');
  const said: string[] = [];
  for (let round = 0; round < 200; round++) {
    const now = await shareOnce(cacheDir, join(folder, 'work'));
    await checkShared(cacheDir, now);
    said.push(...now);
  }
  const count = (word: string) => said.filter((line) => line.startsWith(word)).length;
  expect(count('right')).toBeGreaterThan(1000);
  expect(count('made')).toBeGreaterThan(1000);
  // Some were killed, or there was nothing to see.
  expect(count('done')).toBeLessThan(200 * 10);
});
