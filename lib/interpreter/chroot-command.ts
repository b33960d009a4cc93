// A program of its own: makes a root filesystem the root of its whole process, takes on the user's identity and
// becomes the command. It reads what to do from descriptor 3, as JSON, and says on descriptor 4 why it failed;
// execve closes that one.
import { readFileSync, writeFileSync } from 'node:fs';
import { forbidChroot } from '../rootfs/capabilities.js';
import { replaceProcess } from '../rootfs/replace-process.js';
import { chdir, chroot, closeAllOnExec, setThreadIdentity } from '../rootfs/thread-calls.js';
import { findProgram } from './find-program.js';
import type { Launch } from './launch.js';

/** What to run, and in which root filesystem (a host path). */
export interface ChrootCommand extends Pick<Launch, 'identity' | 'argv' | 'env' | 'cwd'> {
  rootfs: string;
}

const orders = 3;
const failures = 4;

try {
  become(JSON.parse(readFileSync(orders, 'utf8')) as ChrootCommand);
} catch (error) {
  const { code = 'ERR', message } = error as NodeJS.ErrnoException;
  writeFileSync(failures, JSON.stringify({ code, message }));
  process.exitCode = 1;
}

function become({ rootfs, identity, argv, env, cwd }: ChrootCommand): never {
  closeAllOnExec();
  forbidChroot();
  chroot(rootfs);
  // Before the identity, as a spawned child does it, which still has our capabilities then.
  chdir(cwd);
  setThreadIdentity(identity);
  const [program, ...words] = argv as [string, ...string[]];
  replaceProcess({ file: findProgram({ program, env, cwd }), argv0: program, argv: words, env });
}
