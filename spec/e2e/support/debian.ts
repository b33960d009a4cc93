// A real Debian root filesystem for the end-to-end specs: made once by debootstrap, copied for each spec.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { resolve } from 'node:path';

const made = resolve('build/e2e/debian');

/** The path of a pristine Debian bookworm (minbase); not to be changed. Takes minutes the first time. */
export function debianRootfs(): string {
  if (existsSync(made)) return made;
  mkdirSync(resolve(made, '..'), { recursive: true });
  const aside = `${made}.${process.pid}`;
  try {
    execFileSync('debootstrap', ['--variant=minbase', 'bookworm', aside], {
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    renameSync(aside, made);
  } catch (error) {
    throw new Error(
      'These specs need root and the Debian package debootstrap (apt-get install debootstrap).',
      {
        cause: error,
      },
    );
  } finally {
    rmSync(aside, { recursive: true, force: true });
  }
  return made;
}

/** A copy of it, identical to the nanosecond, in a folder that is not there yet. */
export function copyDebian(to: string): string {
  execFileSync('cp', ['-a', '--reflink=auto', debianRootfs(), to]);
  return to;
}
