// Commands that change a root filesystem do it as root: of the machine, or of a user namespace.
import { hardenProcess } from '../rootfs/harden-process.js';
import { nodeCommand } from '../rootfs/node-command.js';
import { runInUserNamespace } from '../rootfs/user-namespace.js';

/** Does the work, or has this same command do it in a user namespace; resolves with the exit code. */
export async function asRoot(work: () => Promise<number>): Promise<number> {
  if (process.geteuid?.() !== 0) {
    return runInUserNamespace([...nodeCommand(), ...process.execArgv, ...process.argv.slice(1)]);
  }
  hardenProcess();
  return work();
}
