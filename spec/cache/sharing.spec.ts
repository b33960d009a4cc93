// Ten processes on one cache, four of them killed: a few rounds; `npm run e2e` has 200.
import { join } from 'node:path';
import { folderWith } from '../extend/support/folder.js';
import { checkShared, shareOnce } from './support/sharing.js';

it('is never wrong for ten processes at once, whenever some of them are killed', async () => {
  const folder = folderWith();
  const cacheDir = join(folder, 'cache');
  for (const started = Date.now(); Date.now() - started < 8000; ) {
    await checkShared(cacheDir, await shareOnce(cacheDir, join(folder, 'work')));
  }
});
