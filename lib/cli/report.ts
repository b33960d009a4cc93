// `--report FILE`: what each instruction and phase took, as JSON.
import { accessSync, constants, renameSync, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { BuiltLayer } from '../extend/build.js';
import type { BuildEvent, OnEvent } from '../report/events.js';
import { roundTimes } from '../report/units.js';
import { UsageError } from '../report/usage-error.js';

type Finished<Type extends BuildEvent['type']> = Omit<Extract<BuildEvent, { type: Type }>, 'type'>;

export interface Report {
  /** Notes an event and hands it on. */
  onEvent: OnEvent;
  /** Writes the file, whole or not at all; does nothing where none was asked for. */
  write(result: {
    milliseconds: number;
    /** Absent where no layout was written. */
    manifestDigest?: string;
    layers: readonly (Omit<BuiltLayer, 'file'> & { file?: string })[];
  }): void;
}

/**
 * A report to a file, listening in on the way to `onEvent`.
 * @throws UsageError where the file could not be written in the end.
 */
export function openReport(file: string | undefined, onEvent: OnEvent): Report {
  if (file !== undefined) checkPlace(file);
  const instructions: Finished<'instruction-finished'>[] = [];
  const cache: Finished<'cache-looked-up'>[] = [];
  const phases: Finished<'phase-finished'>[] = [];
  return {
    onEvent: (event) => {
      const { type, ...rest } = event;
      if (type === 'instruction-finished') instructions.push(rest as Finished<typeof type>);
      if (type === 'cache-looked-up') cache.push(rest as Finished<typeof type>);
      if (type === 'phase-finished') phases.push(rest as Finished<typeof type>);
      onEvent(event);
    },
    write: ({ milliseconds, manifestDigest, layers }) => {
      if (file === undefined) return;
      const described = layers.map(({ file: _, ...layer }) => layer);
      const report = { milliseconds, manifestDigest, layers: described, instructions, cache, phases };
      const aside = `${file}.${process.pid}.tmp`;
      writeFileSync(aside, `${JSON.stringify(report, roundTimes, 2)}\n`);
      renameSync(aside, file);
    },
  };
}

/** Said before the work is done, not after. */
function checkPlace(file: string): void {
  try {
    accessSync(dirname(file), constants.W_OK);
  } catch {
    throw new UsageError(
      `The report ${file} cannot be written: ${dirname(file)} is not there, or not writable. Name another place.`,
    );
  }
  if (statSync(file, { throwIfNoEntry: false })?.isDirectory())
    throw new UsageError(`The report ${file} cannot be written: it is a folder. Name a file in it.`);
}
