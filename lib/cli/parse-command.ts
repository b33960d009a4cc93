// `dockerfile-extender parse`.
import { parseDockerfile } from '../dockerfile/parse.js';
import { exitCodes } from './exit-codes.js';
import { readDockerfile } from './read-dockerfile.js';

export async function parseCommand(path: string): Promise<number> {
  const dockerfile = parseDockerfile({ text: readDockerfile(path), name: path });
  process.stdout.write(
    `${JSON.stringify({ escape: dockerfile.escape, instructions: dockerfile.instructions }, null, 2)}\n`,
  );
  return exitCodes.done;
}
