// The label by which an extension says that its layers may be put onto another version of the run image.
// https://github.com/buildpacks/spec/blob/main/image_extension.md#dockerfile-requirements
import type { Dockerfile } from '../dockerfile/instruction.js';
import type { ImageConfig } from '../image/config.js';

const label = 'io.buildpacks.rebasable';

/**
 * Whether a Dockerfile itself set the label to true. That the image has it does not count: it may come from the
 * base image or from the extension before, and leaving it unset means false.
 * @param config of the image that the Dockerfile made.
 */
export function isMarkedRebasable(dockerfile: Dockerfile, config: ImageConfig): boolean {
  const keys = dockerfile.instructions.flatMap((one) => (one.keyword === 'LABEL' ? one.labels : []));
  // A key with a variable in it may have become the label: the image tells.
  const named = keys.some(({ key }) => key.includes('$') || key.replace(/["'\\]/g, '') === label);
  return named && /^(1|t|T|TRUE|true|True)$/.test(config.config?.Labels?.[label] ?? '');
}

/** The config with the label set. */
export function withRebasable(config: ImageConfig, rebasable: boolean): ImageConfig {
  const labels = { ...config.config?.Labels, [label]: String(rebasable) };
  return { ...config, config: { ...config.config, Labels: labels } };
}
