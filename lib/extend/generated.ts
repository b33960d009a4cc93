// The generated directory: what extensions wrote for us, the Dockerfiles with their args and build contexts.
// https://github.com/buildpacks/spec/blob/main/image_extension.md#context-folders (from Platform API 0.13)
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Logger } from '../report/logger.js';
import { readExtendConfig } from './extend-config.js';
import type { Extension, ExtensionKind } from './group.js';
import { errorCode, LifecycleError, messageOf } from './lifecycle-error.js';
import { atLeast, type PlatformApi } from './platform-api.js';

/** A Dockerfile that an extension wrote. */
export interface GeneratedDockerfile {
  extensionId: string;
  path: string;
  /** The build context's directory. */
  context: string;
  /** The args of extend-config.toml. */
  buildArgs: Record<string, string>;
}

/**
 * Finds the Dockerfiles of one kind, in the order of the extensions; an extension may well have none.
 * A Dockerfile that a later run.Dockerfile made pointless was renamed to `….ignore` and is not found.
 * @throws LifecycleError (`extend`): a malformed extend-config.toml, or a shared context beside a specific one.
 */
export async function findDockerfiles(options: {
  kind: ExtensionKind;
  extensions: readonly Extension[];
  generated: string;
  app: string;
  platformApi: PlatformApi;
  logger: Logger;
}): Promise<GeneratedDockerfile[]> {
  const { kind, extensions, generated, app, platformApi, logger } = options;
  const ownFolders = atLeast(platformApi, '0.13');
  const found: GeneratedDockerfile[] = [];
  for (const { id } of extensions) {
    const folder = ownFolders ? join(generated, escapeId(id)) : join(generated, kind, escapeId(id));
    const path = join(folder, ownFolders ? `${kind}.Dockerfile` : 'Dockerfile');
    if ((await typeOf(path)) === undefined) {
      logger.debug(`Extension '${id}' has no ${kind} Dockerfile: nothing at ${path}.`);
      continue;
    }
    found.push({
      extensionId: id,
      path,
      context: (ownFolders && (await findContext(folder, kind))) || app,
      buildArgs: await readExtendConfig(join(folder, 'extend-config.toml'), kind),
    });
  }
  return found;
}

/** The build context folder that an extension wrote, or nothing where the app directory is to serve. */
async function findContext(folder: string, kind: ExtensionKind): Promise<string | undefined> {
  const directories: string[] = [];
  for (const name of ['context', 'context.build', 'context.run']) {
    if ((await typeOf(join(folder, name))) === 'directory') directories.push(name);
  }
  if (directories.length > 1 && directories[0] === 'context') {
    throw new LifecycleError(
      'extend',
      `${folder} has both 'context' and '${directories[1]}': an extension may write the shared context or those of one kind, not both.`,
    );
  }
  const name = directories.find((candidate) => candidate === 'context' || candidate === `context.${kind}`);
  return name && join(folder, name);
}

/** The folder name of an extension or buildpack id. */
function escapeId(id: string): string {
  return id.replaceAll('/', '_');
}

async function typeOf(path: string): Promise<'directory' | 'other' | undefined> {
  try {
    return (await stat(path)).isDirectory() ? 'directory' : 'other';
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(errorCode(error) ?? '')) return undefined;
    throw new LifecycleError('extend', `Cannot look at ${path}: ${messageOf(error)}`, { cause: error });
  }
}
