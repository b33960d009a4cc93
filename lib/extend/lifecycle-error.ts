// A failure that has an exit code of its own in the Platform API, which is what platforms act on.
// https://github.com/buildpacks/spec/blob/main/platform.md#outputs-5

/** The exit codes of the reference lifecycle's extender. */
export const exitCodes = {
  failed: 1,
  badArguments: 3,
  platformApi: 11,
  buildpackApi: 12,
  extend: 102,
} as const;

export type FailureKind = keyof typeof exitCodes;

/** A sentence for people, and the exit code for the platform. */
export class LifecycleError extends Error {
  override readonly name = 'LifecycleError';
  readonly exitCode: number;
  constructor(
    readonly kind: FailureKind,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.exitCode = exitCodes[kind];
  }
}

/** What was thrown, as a sentence. */
export function messageOf(error: unknown): string {
  return error !== null && typeof error === 'object' && 'message' in error
    ? String(error.message)
    : String(error);
}

/** The code of a system error (`ENOENT`), whichever realm its class is from. */
export function errorCode(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException | null | undefined)?.code;
}
