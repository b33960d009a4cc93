// Becomes another program by execve: process id, signals and exit code are then the program's own, as when the
// reference lifecycle goes on from the extend to the build phase. Node 20 has no function for that.
import { cFunction, cPath, systemError } from './libc.js';

const cExecve = cFunction('int execve(const uint8_t *path, const char **argv, const char **envp)');
const cFcntl = cFunction('int fcntl(int fd, int command, int value)');
const cSignal = cFunction('intptr_t signal(int signal, intptr_t handler)');
const F_SETFD = 2;
const F_GETFL = 3;
const F_SETFL = 4;
const O_NONBLOCK = 0o4000;
/** SIGPIPE and SIGXFSZ, which Node.js ignores. */
const ignoredSignals = [13, 25];
const SIG_DFL = 0;

/**
 * Replaces this process; returns only by throwing. Node.js has marked every file it holds to be closed on
 * execve, standard streams included, and made some of those non-blocking: these three are put right first.
 * @throws Error of the system call's kind, e.g. ENOENT or EACCES.
 */
export function replaceProcess(options: {
  file: string;
  /** What the program is called, if not by its file. */
  argv0?: string;
  argv: readonly string[];
  env: Readonly<Record<string, string | undefined>>;
}): never {
  const { file, argv0 = file, argv, env } = options;
  for (const fd of [0, 1, 2]) {
    const flags = cFcntl(fd, F_GETFL, 0);
    if (flags < 0) continue;
    cFcntl(fd, F_SETFL, flags & ~O_NONBLOCK);
    cFcntl(fd, F_SETFD, 0);
  }
  for (const signal of ignoredSignals) cSignal(signal, SIG_DFL);
  const variables = Object.entries(env).flatMap(([name, value]) =>
    value === undefined ? [] : `${name}=${value}`,
  );
  cExecve(cPath(file), [argv0, ...argv, null], [...variables, null]);
  throw systemError('execve', file);
}
