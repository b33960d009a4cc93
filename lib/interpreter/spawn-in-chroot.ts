// Spawns the command of a RUN inside a root filesystem where no thread may have a root of its own, as Docker's
// default seccomp filter has it: a helper process, `chroot-command`, goes in for good and becomes the command.
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { nodeCommand } from '../rootfs/node-command.js';
import { openPipe } from '../rootfs/thread-calls.js';
import type { ChrootCommand } from './chroot-command.js';

const helper = fileURLToPath(new URL('./chroot-command.js', import.meta.url));

/**
 * Spawns a command and returns once it runs, with its own process id.
 * @param stdio descriptors of its stdin, stdout and stderr.
 * @throws Error with the code of what failed, where it could not be started.
 */
export function spawnInChroot(command: ChrootCommand, stdio: [number, number, number]): ChildProcess {
  const order = openPipe();
  const failure = openPipe();
  let child: ChildProcess;
  try {
    const [program, ...words] = nodeCommand();
    // The options are the portable folder's: the image's own configuration is not to be read.
    child = spawn(program, [...words, '--openssl-config=/dev/null', helper], {
      env: {},
      cwd: '/',
      detached: true,
      stdio: [...stdio, order.read, failure.write],
    });
  } finally {
    closeSync(order.read);
    closeSync(failure.write);
  }
  const told = tellAndListen(command, order.write, failure.read);
  if (told === '') return child;
  const { code, message } = JSON.parse(told) as { code: string; message: string };
  throw Object.assign(new Error(message), { code });
}

/** @returns what the helper says of its failure; nothing once execve has closed its end. */
function tellAndListen(command: ChrootCommand, order: number, failure: number): string {
  try {
    try {
      writeFileSync(order, JSON.stringify(command));
    } finally {
      closeSync(order);
    }
    return readFileSync(failure, 'utf8');
  } finally {
    closeSync(failure);
  }
}
