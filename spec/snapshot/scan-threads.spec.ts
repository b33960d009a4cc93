import { execFileSync, spawnSync } from 'node:child_process';
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
      timeout: 120_000,
    });
    expect([child.status, child.stdout, child.stderr]).toEqual([0, 'scanned\n', '']);
  });
});

it('lets go of a thread only once that is up, for Node may abort where it ends while one loads', () => {
  const script = `import { Worker } from 'node:worker_threads';
    import { startScanThreads } from ${JSON.stringify(new URL('../../dist/snapshot/scan-threads.js', import.meta.url).href)};
    const { emit, unref } = Worker.prototype;
    Worker.prototype.emit = function (event, ...rest) {
      if (event === 'message') console.log('up');
      return emit.call(this, event, ...rest);
    };
    Worker.prototype.unref = function () {
      console.log('let go');
      return unref.call(this);
    };
    startScanThreads(2);`;
  const output = execFileSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' });
  expect(output).toBe('up\nlet go\n');
});
