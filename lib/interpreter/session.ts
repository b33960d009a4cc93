// What the instructions of one Dockerfile work on and share while they are executed.
import type { ContainerConfig } from '../image/config.js';
import type { OnEvent } from '../report/events.js';
import type { Logger } from '../report/logger.js';
import type { RestoredPaths } from '../snapshot/restored.js';
import type { TouchedDirectories } from '../snapshot/touched.js';
import type { Launcher } from './launcher.js';

/** A secret for `RUN --mount=type=secret`, read before the first RUN. */
export interface Secret {
  id: string;
  value: Buffer;
}

export interface BuildSession {
  /** Absolute path of the root filesystem; `/` means: in place. */
  readonly rootfs: string;
  /** Absolute path of the build context. */
  readonly context: string;
  /** Absolute path of the Dockerfile, whose own `<Dockerfile>.dockerignore` wins over `.dockerignore`. */
  readonly dockerfilePath: string;
  /** `--build-context NAME=DIR`: what `--from=NAME` means. */
  readonly namedContexts: ReadonlyMap<string, string>;
  readonly secrets: ReadonlyMap<string, Secret>;
  /** Path of the socket of the agent that `--mount=type=ssh` passes on; absent: there is none. */
  readonly sshAgent?: string;
  /** A folder of ours outside the rootfs, for sockets, caches of RUN mounts and staging; removed at the end. */
  readonly workDir: string;
  /** Where `--mount=type=cache` keeps its folders; below `workDir` where nothing is to be kept. */
  readonly cacheMountDir: string;
  /** The image's config before the instruction that is executed; replaced for each, never mutated. */
  config: ContainerConfig;
  /**
   * What words expand to and RUN sees, in order: the config's variables, then each ENV, and each ARG that has a
   * value, as they come. BuildKit keeps this one list for both, so the later instruction wins. Replaced for each
   * instruction, like the config.
   */
  environment: Map<string, string>;
  /** Build args of the predefined proxy names: RUN sees them undeclared, words do not. */
  readonly proxyArgs: ReadonlyMap<string, string>;
  /** Runs the commands of RUN. */
  readonly launcher: Launcher;
  /** Directories of the rootfs that we touched on our own account. */
  readonly touched: TouchedDirectories;
  /** What was moved aside for a RUN mount and is back; `withoutRestored` takes it out of a diff. */
  readonly restored: RestoredPaths;
  readonly logger: Logger;
  readonly onEvent: OnEvent;
  readonly signal: AbortSignal;
}
