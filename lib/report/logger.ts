// How the program speaks: an injected logger for sentences, an injected callback for events.
// Nothing below `cli/` writes to the console.

/** Receives whole sentences for people, without a trailing newline. */
export interface Logger {
  debug(message: string): void;
  info(message: string): void;
  warn(message: string): void;
  error(message: string): void;
}

/** A logger that says nothing: the default of every library function. */
export const silentLogger: Logger = {
  debug() {},
  info() {},
  warn() {},
  error() {},
};
