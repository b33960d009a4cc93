// The user that an image's containers run as, and the rule that a run image's is not root.
// https://github.com/buildpacks/spec/blob/main/platform.md#outputs-5
import type { ImageConfig } from '../image/config.js';
import type { Logger } from '../report/logger.js';
import { lookupUser } from '../rootfs/accounts.js';
import type { ExtensionKind } from './group.js';
import { LifecycleError } from './lifecycle-error.js';

/** The two halves of `USER user[:group]`, empty where there is none. */
export function userOf(config: ImageConfig): { user: string; group: string } {
  const [user = '', group = ''] = (config.config?.User ?? '').split(':');
  return { user, group };
}

/** Who an image's containers run as; undefined where the root filesystem does not know the name. */
export function identityOf(config: ImageConfig, rootfs: string): { uid: number; gid: number } | undefined {
  try {
    const { uid, gid } = lookupUser({ rootfs, user: config.config?.User ?? '' });
    return { uid, gid };
  } catch {
    return undefined;
  }
}

/**
 * Whether a USER is root: by number, by name, or by what the root filesystem's /etc/passwd says of the name.
 * An image without a user is not counted in: it has been so before.
 */
export function isRoot(user: string, rootfs: string): boolean {
  if (user === '') return false;
  if (/^\d+$/.test(user)) return Number(user) === 0;
  try {
    return lookupUser({ rootfs, user }).uid === 0;
  } catch {
    return false;
  }
}

/** Warns where an extension leaves root to the next one. */
export function warnOfRoot(options: {
  path: string;
  before: string;
  config: ImageConfig;
  rootfs: string;
  logger: Logger;
}): void {
  const { path, before, config, rootfs, logger } = options;
  const { user } = userOf(config);
  if (!isRoot(user, rootfs)) return;
  logger.warn(
    `Extension from ${path} changed the user ID from ${before || '(none)'} to ${user}; this must not be the final ` +
      'user ID (a following extension must reset the user).',
  );
}

/**
 * Holds the image against the rule once all extensions are applied.
 * @throws LifecycleError (`extend`) where a run image ends as root.
 */
export function checkLastUser(options: {
  kind: ExtensionKind;
  base: ImageConfig;
  config: ImageConfig;
  rootfs: string;
  logger: Logger;
}): void {
  const { kind, base, config, rootfs, logger } = options;
  const { user: before } = userOf(base);
  const { user: after } = userOf(config);
  if (kind === 'run' && isRoot(after, rootfs)) {
    throw new LifecycleError(
      'extend',
      `The extended run image would run as root (USER ${after}): end the last run.Dockerfile that sets USER with ` +
        "'ARG user_id' and 'USER ${user_id}'.",
    );
  }
  if (kind === 'run' && after === '') {
    logger.warn('The run image has no user, so its containers run as root.');
  }
  if (after !== before) {
    logger.warn(
      `The original user ID was ${before || '(none)'} but the final extension left the user ID set to ${after || '(none)'}.`,
    );
  }
}
