// analyzed.toml: which build and run image this build uses, by digest.
// https://github.com/buildpacks/spec/blob/main/platform.md#analyzedtoml-toml
import type { ExtensionKind } from './group.js';
import { LifecycleError } from './lifecycle-error.js';
import { readToml, tomlReader } from './toml-file.js';

/**
 * The digest reference of the image to extend.
 * @param options.path of analyzed.toml.
 * @throws LifecycleError: `failed` where the file is malformed, `extend` where it does not name the image.
 */
export async function readImageReference(options: { path: string; kind: ExtensionKind }): Promise<string> {
  const { path, kind } = options;
  const analyzed = await readToml(path, 'failed');
  const who =
    kind === 'build'
      ? 'the restorer writes it when it is given -build-image'
      : 'the analyzer and the restorer write it';
  if (!analyzed) {
    throw new LifecycleError('extend', `There is no analysis metadata at ${path}: ${who}; see -analyzed.`);
  }
  const read = tomlReader(path, 'failed');
  const place = `${kind}-image`;
  const reference = read.text(read.table(analyzed[place], place).reference, `${place}.reference`);
  if (!reference) throw new LifecycleError('extend', `${path} has no '${place}.reference': ${who}.`);
  return reference;
}
