// What a run.Dockerfile does to the run image: replaces it, extends it, or both. Decided as the reference
// lifecycle decides it in its generate phase, on the words as written.
import type { Dockerfile } from './instruction.js';
import { parseDockerfile } from './parse.js';

/** How a build.Dockerfile, and a run.Dockerfile that keeps its base, must name the base image. */
export const BASE_IMAGE = '${base_image}';

export interface RunDockerfileEffect {
  /** The image that takes the run image's place; undefined where the base is `${base_image}`. */
  base: string | undefined;
  /** Whether any instruction follows FROM, so that there is something to be executed. */
  extends: boolean;
}

/** @throws DockerfileError where `text` is no Dockerfile of one stage */
export function inspectRunDockerfile(
  options: { dockerfile: Dockerfile } | { text: string; name?: string },
): RunDockerfileEffect {
  const { instructions } =
    'dockerfile' in options
      ? options.dockerfile
      : parseDockerfile({ text: options.text, name: options.name ?? 'run.Dockerfile' });
  const at = instructions.findIndex(({ keyword }) => keyword === 'FROM');
  const from = instructions[at];
  const image = from?.keyword === 'FROM' ? from.image : BASE_IMAGE;
  return { base: image === BASE_IMAGE ? undefined : image, extends: at < instructions.length - 1 };
}
