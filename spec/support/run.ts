// RUN instructions for specs.
import type { RunInstruction } from '../../lib/dockerfile/instruction.js';

/** RUN with a shell line, or with the arguments of the exec form. */
export function run(command: string | string[], more: Partial<RunInstruction> = {}): RunInstruction {
  return {
    keyword: 'RUN',
    command: typeof command === 'string' ? { form: 'shell', line: command } : { form: 'exec', argv: command },
    heredocs: [],
    heredocAlone: false,
    mounts: [],
    range: { start: { line: 1, column: 1 }, end: { line: 1, column: 1 } },
    source: `RUN ${command}`,
    ...more,
  };
}
