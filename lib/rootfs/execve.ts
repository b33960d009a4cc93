// execve(2), which Node 20 lacks.
import { cFunction, cPath, systemError } from './libc.js';

const SIGPIPE = 13;
const F_SETFD = 2;

const cSignal = cFunction('void *signal(int number, void *handler)');
const cFcntl = cFunction('int fcntl(int fd, int command, int flags)');
const cExecve = cFunction('int execve(const uint8_t *path, const char **argv, const char **env)');

/**
 * Turns this process into another program; all its threads but the main one, which must call this, just end.
 * @param path from this process's root. @param argv the whole, its name first. @param env the whole environment.
 * @throws Error of the system where the program cannot be executed.
 */
export function execve({
  path,
  argv,
  env,
}: {
  path: string;
  argv: readonly string[];
  env: Record<string, string>;
}): never {
  // Ignored by Node, and what is ignored stays so over execve.
  cSignal(SIGPIPE, null);
  // Node lets no program that it becomes inherit its standard streams.
  for (const fd of [0, 1, 2]) cFcntl(fd, F_SETFD, 0);
  const variables = Object.entries(env).map(([name, value]) => `${name}=${value}`);
  cExecve(cPath(path), [...argv, null], [...variables, null]);
  throw systemError('execve', path);
}
