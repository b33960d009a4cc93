import { spawnSync } from 'node:child_process';
import { resolve } from 'node:path';

describe('the threads of a scan', () => {
  it('hold no process, even one that was started and found no work left', () => {
    const program = `
      import { shareWork } from ${JSON.stringify(resolve('dist/snapshot/scan-threads.js'))};
      const context = { root: '', leftOut: new Set(), evidence: 'ctime', stamp: 0, marking: false };
      let left = 3;
      await shareWork({
        next: () => (left-- > 0 ? { kind: 'list', context, paths: [${JSON.stringify(resolve('spec/snapshot'))}] } : undefined),
        done() {},
      }, 2);
      console.log('scanned');
    `;
    const child = spawnSync(process.execPath, ['--input-type=module', '-e', program], {
      encoding: 'utf8',
      timeout: 30_000,
    });
    expect([child.status, child.stdout, child.stderr]).toEqual([0, 'scanned\n', '']);
  });
});
