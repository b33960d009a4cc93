// The one user whose number is known without looking it up.
import type { ImageConfig } from './config.js';

/**
 * The config with `USER root` as `0`: for an image that stands alone, of layers that hold no `/etc/passwd` in which
 * a reader such as `umoci unpack` could look the name up. Other names stay: what they mean, the base decides that the
 * layers are put on.
 */
export function withRootByNumber(config: ImageConfig): ImageConfig {
  const user = config.config?.User;
  if (!user) return config;
  const byNumber = user
    .split(':')
    .map((name) => (name === 'root' ? '0' : name))
    .join(':');
  return { ...config, config: { ...config.config, User: byNumber } };
}
