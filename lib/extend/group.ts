// group.toml: the extensions that detected, in the order in which their Dockerfiles apply.
// https://github.com/buildpacks/spec/blob/main/platform.md#grouptoml-toml
import type { Logger } from '../report/logger.js';
import { LifecycleError } from './lifecycle-error.js';
import { knowsBuildpackApi } from './platform-api.js';
import { readToml, tomlReader } from './toml-file.js';

/** Which image a Dockerfile extends. */
export type ExtensionKind = 'build' | 'run';

export interface Extension {
  id: string;
  version?: string;
}

/**
 * Reads the extensions of a group.
 * @param options.path of group.toml.
 * @throws LifecycleError: `failed` where the file is missing or malformed, `buildpackApi` where an extension is
 * written for a Buildpack API that the lifecycle does not know.
 */
export async function readGroup(options: { path: string; logger: Logger }): Promise<Extension[]> {
  const { path, logger } = options;
  const group = await readToml(path, 'failed');
  if (!group) {
    throw new LifecycleError(
      'failed',
      `There is no group definition at ${path}: the detector writes it; see -group.`,
    );
  }
  const read = tomlReader(path, 'failed');
  return read.tables(group['group-extensions'], 'group-extensions').map((entry, index) => {
    const place = `group-extensions[${index}]`;
    const id = read.required(entry.id, `${place}.id`);
    const version = read.text(entry.version, `${place}.version`);
    const api = read.text(entry.api, `${place}.api`);
    if (/^\.{1,2}$|\0/.test(id))
      throw new LifecycleError('failed', `${path}: '${id}' cannot be the id of an extension.`);
    if (!api) logger.warn(`${path}: extension '${id}' names no Buildpack API version.`);
    else if (!knowsBuildpackApi(api)) {
      throw new LifecycleError(
        'buildpackApi',
        `${path}: extension '${id}' is written for Buildpack API '${api}', which this extender does not know.`,
      );
    }
    return { id, ...(version === undefined ? {} : { version }) };
  });
}
