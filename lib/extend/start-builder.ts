// What follows kind build: the layers directory becomes the user's, root is given up, the builder takes over.
import { existsSync } from 'node:fs';
import type { ImageConfig } from '../image/config.js';
import type { Logger } from '../report/logger.js';
import { replaceProcess } from '../rootfs/replace-process.js';
import { builderArguments, builderEnvironment } from './builder.js';
import { dropPrivileges } from './drop-privileges.js';
import type { ExtenderInputs } from './inputs.js';
import { LifecycleError, messageOf } from './lifecycle-error.js';
import { ownTree } from './own-tree.js';

/** Warns of what would stop the build phase, before minutes go into extending the image for it. */
export function warnOfBuilder({ inputs, logger }: { inputs: ExtenderInputs; logger: Logger }): void {
  if (inputs.uid === 0) logger.warn('-uid is 0, but the build phase does not run as root.');
  if (!existsSync(inputs.builder)) {
    logger.warn(`There is no builder at ${inputs.builder} yet; it runs the build phase, see -builder.`);
  }
}

/**
 * Becomes the builder, as the user.
 * @param options.extended what `extendBuildImage` gave.
 * @throws LifecycleError (`failed`) where any of it cannot be done.
 */
export function startBuilder(options: {
  inputs: ExtenderInputs;
  extended: { image: { config: ImageConfig }; uid: number; gid: number };
  env: NodeJS.ProcessEnv;
}): never {
  const { inputs, extended } = options;
  const { uid, gid } = extended;
  const env = builderEnvironment({ inputs, env: options.env, config: extended.image.config });
  if (uid !== 0)
    attempt(`Cannot give ${inputs.layers} to the user`, () => ownTree({ path: inputs.layers, uid, gid }));
  dropPrivileges({ uid, gid, env });
  return attempt(`Cannot run the builder ${inputs.builder}`, () =>
    replaceProcess({ file: inputs.builder, argv: builderArguments(inputs), env }),
  );
}

function attempt<Result>(what: string, call: () => Result): Result {
  try {
    return call();
  } catch (error) {
    throw new LifecycleError('failed', `${what}: ${messageOf(error)}`, { cause: error });
  }
}
