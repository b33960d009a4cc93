// What the caller asked for cannot be done as asked: a wrong option, a path that is not what it should be.

/** Thrown before anything is changed; commands exit with 3. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}
