// Which repository of which registry: `host[:port]/name[:tag-prefix]`.
import { UsageError } from '../report/usage-error.js';

export interface RegistryName {
  /** `https://host:port`; `http` for this machine itself, or where it is asked for. */
  origin: string;
  /** What credentials are filed under. */
  host: string;
  repository: string;
  /** What the tags of our entries begin with. */
  tagPrefix: string;
}

const shape =
  /^(?:(https?):\/\/)?([\w.-]+(?::\d+)?|\[[\da-f:]+\](?::\d+)?)\/([a-z\d]+(?:[._/-]+[a-z\d]+)*)(?::(\w[\w.-]{0,40}))?$/i;
const loopback = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])(:\d+)?$/;

/**
 * @param word optionally with `http://` or `https://` before it.
 * @throws UsageError where it is no such name.
 */
export function parseRegistryName(word: string): RegistryName {
  const [, asked, host, repository, tagPrefix = 'layer'] = shape.exec(word) ?? [];
  if (host === undefined || repository === undefined || repository !== repository.toLowerCase()) {
    throw new UsageError(
      `The cache repository '${word}' is none: it must be host/name, such as registry.example/team/cache.`,
    );
  }
  const scheme = asked?.toLowerCase() ?? (loopback.test(host) ? 'http' : 'https');
  return { origin: `${scheme}://${host}`, host, repository, tagPrefix };
}
