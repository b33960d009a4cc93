// The environment that the extended build image gives to what runs in it next: the build phase.
import type { ImageConfig } from '../image/config.js';
import { splitVariable } from '../image/evolve.js';

/**
 * The variables of an image. Only the first `=` of each divides name from value: values hold more of them
 * (the reference lifecycle fails on these).
 */
export function imageEnvironment(config: ImageConfig): Record<string, string> {
  return Object.fromEntries((config.config?.Env ?? []).map(splitVariable));
}
