// One command of a RUN, on its way to the thread or process that starts it.
import type { Identity } from '../rootfs/accounts.js';
import type { RootView } from '../rootfs/thread-root.js';

/** Everything in it is seen from inside the root filesystem but `view`. */
export interface Launch {
  view: RootView;
  /** `none`: a network of its own with nothing but a loopback device. */
  network: 'host' | 'none';
  identity: Identity;
  argv: string[];
  /** The whole environment. */
  env: Record<string, string>;
  cwd: string;
}
