// The name that a RUN knows its machine by: a fixed one, so that the name of whatever machine builds gets into no
// file, by way of a certificate or /etc/mailname.
import { cFunction, systemError } from './libc.js';
import { CLONE_NEWUTS, unshare } from './thread-calls.js';

/** BuildKit's name for it. */
export const buildHostname = 'buildkitsandbox';

const cSethostname = cFunction('int sethostname(const char *name, size_t length)');

/**
 * Gives the calling thread, and what it spawns, the fixed host name, for good.
 * @throws Error where that is not permitted: it needs CAP_SYS_ADMIN.
 */
export function takeBuildHostname(): void {
  unshare(CLONE_NEWUTS);
  if (cSethostname(buildHostname, buildHostname.length) !== 0) throw systemError('sethostname');
}
