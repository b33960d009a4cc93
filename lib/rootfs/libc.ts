// The C library, reached through koffi: one place that loads it, and how its errors become ours.
import { getSystemErrorMap } from 'node:util';
import koffi from 'koffi';
import { pathBytes } from './byte-path.js';

export type CFunction = (...args: unknown[]) => number;

let library: ReturnType<typeof koffi.load> | undefined;

/**
 * A function of the C library that is already in this process, looked up at its first call.
 * @param prototype as in C, e.g. `int unshare(int flags)`; write `long` for `ssize_t`.
 */
export function cFunction(prototype: string): CFunction {
  let found: CFunction | undefined;
  return (...args) => {
    found ??= cFunctionNow(prototype);
    return found(...args);
  };
}

/** Such a function looked up at once: for those that are called so often that the way through `cFunction` counts. */
export function cFunctionNow(prototype: string): CFunction {
  library ??= koffi.load(null);
  return library.func(prototype) as CFunction;
}

/** An error of the shape that Node's own file functions throw. */
export function systemError(syscall: string, path?: string): NodeJS.ErrnoException {
  const errno = koffi.errno();
  const [code, text] = getSystemErrorMap().get(-errno) ?? [`ERRNO${errno}`, 'unknown error'];
  const where = path === undefined ? '' : ` '${path}'`;
  return Object.assign(new Error(`${code}: ${text}, ${syscall}${where}`), {
    code,
    errno: -errno,
    syscall,
    ...(path === undefined ? {} : { path }),
  });
}

/** A path as C wants it: its bytes and a NUL. */
export function cPath(path: string): Buffer {
  return path.isWellFormed() ? Buffer.from(`${path}\0`) : Buffer.concat([pathBytes(path), Buffer.of(0)]);
}
