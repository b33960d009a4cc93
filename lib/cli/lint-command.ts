// `dockerfile-extender lint`: findings as text or JSON; exits with 102 where one of them is an error.
import { formatFindings, lintDockerfile } from '../dockerfile/lint.js';
import { exitCodes } from './exit-codes.js';
import { readDockerfile } from './read-dockerfile.js';

export async function lintCommand(
  path: string,
  { kind, format }: { kind: 'build' | 'run'; format: 'text' | 'json' },
): Promise<number> {
  const text = readDockerfile(path);
  const findings = lintDockerfile({ kind, text, name: path });
  if (format === 'json') {
    process.stdout.write(`${JSON.stringify({ file: path, findings }, null, 2)}\n`);
  } else if (findings.length === 0) {
    process.stdout.write(`${path}: nothing to say against it\n`);
  } else {
    process.stdout.write(`${formatFindings({ findings, name: path, text })}\n`);
  }
  return findings.some(({ level }) => level === 'error') ? exitCodes.extensionFailed : exitCodes.done;
}
