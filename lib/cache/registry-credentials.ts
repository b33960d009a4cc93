// Who we are to a registry: CNB_REGISTRY_AUTH, else Docker's config file with its helpers, else nobody.
import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** What goes into the header `Authorization`; `identityToken` is to be traded for such by OAuth. */
export type Credentials = { authorization: string } | { identityToken: string };

interface DockerConfig {
  auths?: Record<string, { auth?: string; username?: string; password?: string; identitytoken?: string }>;
  credHelpers?: Record<string, string>;
  credsStore?: string;
}

/**
 * The credentials for a registry's host, undefined where there are none.
 * https://github.com/buildpacks/spec/blob/main/platform.md#registry-authentication
 * @param options.env where CNB_REGISTRY_AUTH, DOCKER_CONFIG and HOME are looked for.
 * @throws Error with a sentence where a source of credentials is malformed; it never repeats what is in it.
 */
export async function findCredentials(options: {
  host: string;
  env: NodeJS.ProcessEnv;
}): Promise<Credentials | undefined> {
  const { host, env } = options;
  if (env.CNB_REGISTRY_AUTH) {
    const headers = parse<Record<string, string>>(env.CNB_REGISTRY_AUTH, 'CNB_REGISTRY_AUTH');
    const authorization = entryOf(headers, host);
    if (authorization) return { authorization };
  }
  const file = join(env.DOCKER_CONFIG || join(env.HOME || homedir(), '.docker'), 'config.json');
  const text = readIfThere(file);
  if (text === undefined) return undefined;
  const config = parse<DockerConfig>(text, file);
  const helper = entryOf(config.credHelpers ?? {}, host) ?? config.credsStore;
  if (helper) return askHelper(helper, host);
  const entry = entryOf(config.auths ?? {}, host);
  if (entry?.identitytoken) return { identityToken: entry.identitytoken };
  if (entry?.auth) return { authorization: `Basic ${entry.auth}` };
  if (entry?.username) return basic(entry.username, entry.password ?? '');
  return undefined;
}

function entryOf<T>(entries: Record<string, T>, host: string): T | undefined {
  const names = [host, `https://${host}`, `http://${host}`, `https://${host}/v1/`, `https://${host}/v2/`];
  const name = names.find((candidate) => Object.hasOwn(entries, candidate));
  return name === undefined ? undefined : entries[name];
}

async function askHelper(helper: string, host: string): Promise<Credentials | undefined> {
  if (!/^[\w.-]+$/.test(helper)) throw new Error(`The credential helper '${helper}' is no name of one.`);
  // Loaded only here: it is a quarter of all that a command would have to load.
  const { execa } = await import('execa');
  const { stdout, failed } = await execa(`docker-credential-${helper}`, ['get'], {
    input: host,
    reject: false,
  });
  // A helper that knows nothing of a host fails, too.
  if (failed) return undefined;
  const { Username = '', Secret = '' } = parse<{ Username?: string; Secret?: string }>(
    stdout,
    `docker-credential-${helper}`,
  );
  return Username === '<token>' ? { identityToken: Secret } : basic(Username, Secret);
}

function basic(username: string, password: string): Credentials {
  return { authorization: `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}` };
}

function parse<T>(text: string, source: string): T {
  try {
    return JSON.parse(text) as T;
  } catch {
    throw new Error(`${source} holds credentials that are not JSON.`);
  }
}

function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined;
    throw new Error(`The credentials in ${file} cannot be read: ${(error as Error).message}`, {
      cause: error,
    });
  }
}
