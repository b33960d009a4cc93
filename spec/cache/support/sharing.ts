// Many processes on one cache folder, some of them killed at any moment.
import { spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { verifyFolder } from '../../../lib/cache/verify.js';

const processes = 10;
const killed = 4;
const takesEach = 12;

/**
 * Has ten processes use the cache at once, of which four are killed.
 * @returns what all of them said.
 */
export async function shareOnce(cacheDir: string, work: string): Promise<string[]> {
  const one = (index: number) =>
    new Promise<string[]>((done) => {
      const argv = [resolve('dist'), cacheDir, join(work, String(index)), String(takesEach)];
      const child = spawn(process.execPath, [resolve('spec/cache/support/sharing-process.mjs'), ...argv]);
      let said = '';
      let timer: NodeJS.Timeout | undefined;
      const kill = () => child.kill('SIGKILL');
      child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
        // The time that a process takes to start varies, so it is killed some time after its first word.
        if (said === '' && index < killed) timer = setTimeout(kill, Math.random() * 60);
        said += chunk;
      });
      child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
        said += `failed ${chunk}`;
      });
      child.on('close', () => {
        clearTimeout(timer);
        done(said.split('\n'));
      });
    });
  const said = await Promise.all(Array.from({ length: processes }, (_, index) => one(index)));
  return said.flat();
}

/** Holds the cache against what it must be after each round. */
export async function checkShared(cacheDir: string, said: readonly string[]): Promise<void> {
  expect(said.filter((line) => /^(wrong|warning|failed)/.test(line))).toEqual([]);
  expect(said.filter((line) => line === 'done').length).toBeGreaterThanOrEqual(processes - killed);
  const { signal } = new AbortController();
  // An entry may speak of a layer that was evicted at that moment; none may speak of a wrong one.
  const { damaged } = await verifyFolder({ cacheDir, signal });
  expect(damaged.filter(({ why }) => why !== 'its layer is missing')).toEqual([]);
  // There is no lock that could outlive its owner: blobs and entries are all there is.
  expect(readdirSync(cacheDir).sort()).toEqual(['blobs', 'entries']);
  const names = ['blobs', 'entries'].flatMap((name) => readdirSync(join(cacheDir, name)));
  expect(names.filter((name) => !/^[\da-f]{64}(\.[\da-f-]{36}\.tmp)?$/.test(name))).toEqual([]);
}
