// Takes a snapshot of a root filesystem: the first one, or one that knows what changed since another.
import { realpathSync } from 'node:fs';
import { type Logger, silentLogger } from '../report/logger.js';
import { encodePath } from '../rootfs/byte-path.js';
import { foreignClock } from './evidence.js';
import { firstScan, type ScanManner } from './first-scan.js';
import { laterScan } from './later-scan.js';
import { pathsLeftOut } from './left-out.js';
import { assertClockKept, currentMoment, momentPassed } from './moment.js';
import type { ScanContext } from './scan-task.js';
import { defaultThreads } from './scan-threads.js';
import type { Evidence, Snapshot } from './snapshot.js';

export interface SnapshotOptions {
  /** The root filesystem's directory. */
  rootfs: string;
  /** Paths inside it to leave out, each with all that is below it; mount points are left out anyway. */
  ignore?: readonly string[];
  /** An earlier snapshot of the same rootfs, for `diffSnapshots` to tell what changed since. */
  since?: Snapshot;
  /** How many threads scan, the calling one included; as many as there are cores, up to four, unless told. */
  threads?: number;
  logger?: Logger;
  signal?: AbortSignal;
}

/**
 * Returns once whatever is changed from now on can be told from what was changed before.
 * Throws where the rootfs cannot be read, the signal is aborted, or the system's clock was set back.
 */
export async function takeSnapshot(options: SnapshotOptions): Promise<Snapshot> {
  const { since, logger = silentLogger, signal } = options;
  const rootfs = realpathSync(encodePath(options.rootfs) as string);
  const evidence = since?.evidence ?? chooseEvidence(rootfs, logger);
  const leftOut = pathsLeftOut(rootfs, options.ignore ?? [], since?.leftOut);
  const moment = currentMoment();
  const context: ScanContext = {
    root: rootfs === '/' ? '' : rootfs,
    leftOut: leftOut.paths,
    evidence,
    stamp: since?.moment.stamp ?? moment.stamp,
    marking: evidence === 'content',
  };
  const manner: ScanManner = {
    threads: options.threads ?? defaultThreads(),
    warn: (message) => logger.warn(message),
    signal,
  };
  const snapshot = { id: Symbol(rootfs), rootfs, moment, evidence, leftOut };
  if (since === undefined) {
    const { directories, granularity } = await scanFirst(context, manner);
    await momentPassed(moment, granularity, signal);
    return { ...snapshot, granularity, directories };
  }
  const { granularity } = since;
  assertClockKept(since.moment, moment);
  const { directories, changes, touched } = await laterScan(since, leftOut, context, manner);
  await momentPassed(moment, granularity, signal);
  return { ...snapshot, granularity, directories, since: { id: since.id, changes, directories: touched } };
}

/**
 * Where a directory is stamped later than now, a clock was ahead once, and files may be stamped so too:
 * then a second scan marks those, so that they are not taken for changed.
 */
async function scanFirst(context: ScanContext, manner: ScanManner) {
  let scan = await firstScan(context, manner);
  if (context.evidence === 'ctime' && scan.latest > currentMoment().stamp)
    scan = await firstScan({ ...context, marking: true }, manner);
  return { ...scan, granularity: scan.subsecond ? 1 : 1000 };
}

function chooseEvidence(rootfs: string, logger: Logger): Evidence {
  const fileSystem = foreignClock(rootfs);
  if (fileSystem === undefined) return 'ctime';
  logger.warn(
    `${rootfs} lies on ${fileSystem}, whose time stamps cannot be trusted to show every change; ` +
      'the content of every file is read instead, which takes longer.',
  );
  return 'content';
}
