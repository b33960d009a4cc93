// WORKDIR: makes the working directory; the image config is the interpreter's business.
import { resolve } from 'node:path';
import type { WorkdirInstruction } from '../dockerfile/instruction.js';
import { makeDirectories } from './make-directories.js';
import { lookupOwnership } from './ownership.js';
import type { BuildSession } from './session.js';

/**
 * Makes the directory of a WORKDIR, and those above it, with mode 755, owned by the USER in force, as BuildKit
 * does; what exists stays as it is.
 * @throws Error where something on the way is not a directory, or the USER is unknown.
 */
export async function executeWorkdir({
  instruction,
  session,
}: {
  instruction: WorkdirInstruction;
  session: BuildSession;
}): Promise<void> {
  const { rootfs, config } = session;
  const path = resolve('/', config.WorkingDir ?? '', instruction.path);
  const user = config.User;
  const owner = user ? lookupOwnership({ rootfs, owner: user, flag: `USER ${user}` }) : undefined;
  if (path !== '/') makeDirectories({ root: rootfs, path, mode: 0o755, owner });
}
