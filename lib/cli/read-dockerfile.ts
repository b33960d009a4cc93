// Reads the Dockerfile that `lint` and `parse` are given.
import { readFileSync } from 'node:fs';
import { UsageError } from '../report/usage-error.js';

/** The text of a Dockerfile that an argument named. */
export function readDockerfile(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new UsageError(`The Dockerfile ${path} cannot be read: ${(error as Error).message}.`);
  }
}
