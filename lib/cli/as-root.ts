// Commands that change a root filesystem do it as root: of the machine, or of a user namespace.
import { readFileSync } from 'node:fs';
import { hardenProcess } from '../rootfs/harden-process.js';
import { runInUserNamespace } from '../rootfs/user-namespace.js';

/** Does the work, or has this same command do it in a user namespace; resolves with the exit code. */
export async function asRoot(work: () => Promise<number>): Promise<number> {
  if (process.geteuid?.() !== 0) {
    return runInUserNamespace([process.execPath, ...commandLine().slice(1)]);
  }
  hardenProcess();
  return work();
}

/** As the kernel has it: `process.argv` lacks what the portable bundle's loader is started with. */
function commandLine(): string[] {
  return readFileSync('/proc/self/cmdline', 'utf8').split('\0').slice(0, -1);
}
