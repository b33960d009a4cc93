// Holds a generated Dockerfile against the rules for image extensions before anything is run.
// https://github.com/buildpacks/spec/blob/main/image_extension.md#dockerfile-requirements
import { readFile } from 'node:fs/promises';
import type { Dockerfile } from '../dockerfile/instruction.js';
import { formatFindings, lintDockerfile } from '../dockerfile/lint.js';
import { parseDockerfile } from '../dockerfile/parse.js';
import type { Logger } from '../report/logger.js';
import type { ExtensionKind } from './group.js';
import { LifecycleError, messageOf } from './lifecycle-error.js';

/** Which user an image ends with is seen once all Dockerfiles are applied: a later one may reset it. */
const judgedLater = 'root-user';

/**
 * Parses a Dockerfile; logs what it should not do, refuses what it must not.
 * @throws LifecycleError (`extend`) with every mistake, its line and its reason.
 */
export async function checkDockerfile(options: {
  path: string;
  kind: ExtensionKind;
  logger: Logger;
}): Promise<Dockerfile> {
  const { path, kind, logger } = options;
  let dockerfile: Dockerfile;
  try {
    dockerfile = parseDockerfile({ text: await readFile(path, 'utf8'), name: path });
  } catch (error) {
    throw new LifecycleError('extend', messageOf(error), { cause: error });
  }
  const findings = lintDockerfile({ kind, dockerfile }).filter(({ rule }) => rule !== judgedLater);
  const errors = findings.filter(({ level }) => level === 'error');
  if (errors.length > 0) {
    throw new LifecycleError(
      'extend',
      formatFindings({ findings: errors, name: path, text: dockerfile.text }),
    );
  }
  for (const { position, message } of findings) logger.warn(`${path}:${position.line}: ${message}`);
  return dockerfile;
}
