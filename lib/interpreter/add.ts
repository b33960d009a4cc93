// ADD: being written.
import type { AddInstruction } from '../dockerfile/instruction.js';
import type { BuildSession } from './session.js';

export async function executeAdd(_: { instruction: AddInstruction; session: BuildSession }): Promise<void> {
  throw new Error('ADD is not there yet.');
}
