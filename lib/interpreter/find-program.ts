// Finds the program of a command as execvp(3) does.
import { accessSync, constants, statSync } from 'node:fs';
import { posix } from 'node:path';
import { encodePath } from '../rootfs/byte-path.js';

/**
 * Where execvp would find a program: call it inside the root filesystem, as the user that will run it.
 * @param env whose PATH counts. @param cwd what relative paths start from.
 * @throws Error with the code `ENOENT` where it is not there, `EACCES` where all that is there cannot be executed.
 */
export function findProgram({
  program,
  env,
  cwd,
}: {
  program: string;
  env: Record<string, string>;
  cwd: string;
}): string {
  const folders = program.includes('/') ? [''] : (env.PATH ?? '').split(':');
  let failure: Error | undefined;
  for (const folder of folders) {
    const path = posix.resolve(cwd, folder, program);
    try {
      accessSync(encodePath(path), constants.X_OK);
      if (!statSync(encodePath(path)).isDirectory()) return path;
      failure = Object.assign(new Error(`${path} is a directory`), { code: 'EACCES' });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EACCES') failure = error as Error;
    }
  }
  throw failure ?? Object.assign(new Error(`${program} was not found`), { code: 'ENOENT' });
}
