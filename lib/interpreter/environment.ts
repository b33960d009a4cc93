// The environment of a RUN: the image's variables and the declared ARGs, never anything of our own.
import type { Identity } from '../rootfs/accounts.js';
import type { BuildSession } from './session.js';

const defaultPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/**
 * The variables a RUN sees, as BuildKit and runc set them: ENV and ARG in their order, then the proxy args that
 * were given, a PATH where there is none, what mounts set, and a HOME where there is none or an empty one.
 * @param fromMounts e.g. of `--mount=type=secret,env=NAME`.
 */
export function runEnvironment({
  session,
  identity,
  fromMounts,
}: {
  session: Pick<BuildSession, 'environment' | 'proxyArgs'>;
  identity: Identity;
  fromMounts: ReadonlyMap<string, string>;
}): Record<string, string> {
  const variables = new Map([...session.environment, ...proxyVariables(session.proxyArgs)]);
  if (!variables.has('PATH')) variables.set('PATH', defaultPath);
  for (const [name, value] of fromMounts) variables.set(name, value);
  if (!variables.get('HOME')) {
    variables.delete('HOME');
    variables.set('HOME', identity.home);
  }
  return Object.fromEntries(variables);
}

/** Each proxy arg under both its names, HTTP_PROXY and http_proxy, whichever it was given as. */
function* proxyVariables(given: ReadonlyMap<string, string>): Generator<[string, string]> {
  for (const [name, value] of given) {
    if (value === '') continue;
    yield [name.toUpperCase(), value];
    yield [name.toLowerCase(), value];
  }
}
