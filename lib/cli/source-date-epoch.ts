// https://reproducible-builds.org/specs/source-date-epoch/
import { UsageError } from '../report/usage-error.js';

/** The seconds that SOURCE_DATE_EPOCH names, if it is set. */
export function sourceDateEpoch(environment: NodeJS.ProcessEnv): number | undefined {
  const text = environment.SOURCE_DATE_EPOCH;
  if (text === undefined || text === '') return undefined;
  if (/^\d{1,11}$/.test(text)) return Number(text);
  throw new UsageError(`SOURCE_DATE_EPOCH is to be whole seconds since 1970, not '${text}'.`);
}
