// Something the language refuses, said before it is known where in which file it stands.
//
// What works on words alone (expansion, flags, mount options) throws a Refusal; the parser and the
// evaluator, which know the file, turn it into a DockerfileError.

/** A sentence for people, and how far into the text at hand the cause stands, where that is known. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  constructor(
    message: string,
    /** In UTF-16 code units from the start of the text that was read. */
    readonly offset?: number,
  ) {
    // Where in our code it arose is told to nobody, and costs more than all the rest of a line's reading.
    const { stackTraceLimit } = Error;
    Error.stackTraceLimit = 0;
    super(message);
    Error.stackTraceLimit = stackTraceLimit;
  }
}
