// The moment that divides unchanged from changed: inodes stamped later than it were touched since.
import { setTimeout as sleep } from 'node:timers/promises';
import { bootTime, realTime, realTimeCoarse } from '../rootfs/syscalls.js';

export interface Moment {
  /** Milliseconds since the epoch, computed as Node computes `ctimeMs`: no stamp made before is greater. */
  readonly stamp: number;
  /** Real-time clock minus boot-time clock in nanoseconds. Slewing moves both; only setting the clock moves this. */
  readonly clockOffset: bigint;
}

/** A clock set back by less cannot reach behind a moment, given how long `momentPassed` waits. */
const toleratedStepBack = 2_000_000n;
const tolerated = Number(toleratedStepBack) / 1e6;
/** Milliseconds that the coarse clock may be behind the fine one: a tick of the slowest kernels, and to spare. */
const mostCoarseLag = 50;

/**
 * Takes the moment before a scan. Inodes are stamped with the coarse clock or (multigrain timestamps, Linux
 * 6.13) a finer reading; neither is ahead of the fine clock, so every stamp made so far is at most this.
 */
export function currentMoment(): Moment {
  return { stamp: milliseconds(realTime()), clockOffset: clockOffset() };
}

/**
 * Waits until whatever is changed from now on gets a later stamp than the moment's: until the coarse clock,
 * which never stamps less than it shows, is past it by the granularity of the file system's stamps.
 * @param granularity in milliseconds.
 */
export async function momentPassed(moment: Moment, granularity: number, signal?: AbortSignal): Promise<void> {
  const end = (Math.floor(moment.stamp / granularity) + 1) * granularity + tolerated;
  // A clock that is set back meanwhile must not make this wait until it has caught up.
  const longest = end - moment.stamp + mostCoarseLag;
  for (;;) {
    const missing = end - milliseconds(realTimeCoarse());
    if (missing <= 0 || missing > longest) return;
    await sleep(Math.ceil(missing), undefined, signal ? { signal } : {});
  }
}

/**
 * Throws where the clock was set back between two moments: stamps made after the first could then be earlier
 * than it, and changed files could not be told from unchanged ones.
 */
export function assertClockKept(before: Moment, after: Moment): void {
  const back = before.clockOffset - after.clockOffset;
  if (back <= toleratedStepBack) return;
  throw new Error(
    `The system's clock was set back by ${(Number(back) / 1e9).toFixed(3)} s while the root filesystem was ` +
      'being changed, so changed files cannot be told from unchanged ones. Build again with a steady clock.',
  );
}

/** Nanoseconds to milliseconds by the same rounding as in Node's `Stats`, so that comparing the two is exact. */
function milliseconds(nanoseconds: bigint): number {
  return Number(nanoseconds / 1_000_000_000n) * 1e3 + Number(nanoseconds % 1_000_000_000n) / 1e6;
}

/** The closest of several readings, since the thread may be preempted between the two clocks. */
function clockOffset(): bigint {
  let offset = 0n;
  let closest: bigint | undefined;
  for (let reading = 0; reading < 8; reading++) {
    const start = bootTime();
    const real = realTime();
    const spread = bootTime() - start;
    if (closest !== undefined && spread >= closest) continue;
    closest = spread;
    offset = real - start - spread / 2n;
  }
  return offset;
}
