// extend-config.toml: the build args that an extension gives its Dockerfiles.
// https://github.com/buildpacks/spec/blob/main/image_extension.md#extend-configtoml-toml
import type { ExtensionKind } from './group.js';
import { LifecycleError } from './lifecycle-error.js';
import { readToml, tomlReader } from './toml-file.js';

/** Given by the lifecycle to every Dockerfile, so no extension may give them. */
const reservedNames = ['base_image', 'build_id', 'user_id', 'group_id'];

/**
 * The args for one kind of Dockerfile; none where there is no such file.
 * @throws LifecycleError (`extend`) where the file is malformed or names a reserved arg.
 */
export async function readExtendConfig(path: string, kind: ExtensionKind): Promise<Record<string, string>> {
  const config = (await readToml(path, 'extend')) ?? {};
  const read = tomlReader(path, 'extend');
  const args: Record<string, string> = {};
  for (const [index, arg] of read.tables(read.table(config[kind], kind).args, `${kind}.args`).entries()) {
    const place = `${kind}.args[${index}]`;
    const name = read.required(arg.name, `${place}.name`);
    if (reservedNames.includes(name)) {
      throw new LifecycleError(
        'extend',
        `${path}: '${place}' gives '${name}', which only the lifecycle may give.`,
      );
    }
    args[name] = read.text(arg.value, `${place}.value`) ?? '';
  }
  return args;
}
