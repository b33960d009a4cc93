// The portable folder, made anew for the specs that mount it.
import { execFileSync } from 'node:child_process';
import { resolve } from 'node:path';

/** Where a platform mounts it. */
export const portableFolder = '/cnb/extender';

let made: string | undefined;

/** Its path on this machine. */
export function portableBundle(): string {
  if (made === undefined) {
    made = resolve('build/e2e/portable');
    execFileSync('node', ['scripts/bundle.js', '--output', made], { stdio: ['ignore', 'ignore', 'inherit'] });
  }
  return made;
}
