// Speaks with one repository of a registry, as far as a cache needs it: requests that are authorized when the
// registry asks for it, repeated when it is worth it, and given up when nothing comes.
// https://github.com/opencontainers/distribution-spec/blob/main/spec.md
import { setTimeout as sleep } from 'node:timers/promises';
import { findCredentials } from './registry-credentials.js';
import type { RegistryName } from './registry-name.js';

export interface RegistryRequest {
  method?: 'GET' | 'HEAD' | 'POST' | 'PATCH' | 'PUT';
  /** Below the repository, such as `/blobs/uploads/`, or a whole URL that the registry gave. */
  path: string;
  headers?: Record<string, string>;
  /** Makes the body, once for each attempt. */
  body?: () => NonNullable<RequestInit['body']>;
  /** The statuses that are an answer; any other is thrown. */
  expected: readonly number[];
}

export interface RegistryClient {
  /**
   * @throws Error with a sentence where the registry does not answer as expected, after all attempts; its
   *   `refused` tells that it did answer, but will not do what was asked.
   */
  request(request: RegistryRequest): Promise<Response>;
}

const attempts = 4;
const firstPause = 200;
/** How long a registry may take to begin an answer, in milliseconds. */
const patience = 20_000;

/** A client of a repository; nothing is sent before the first request. */
export function openRegistryClient(options: {
  name: RegistryName;
  env: NodeJS.ProcessEnv;
  signal: AbortSignal;
}): RegistryClient {
  const { name, env, signal } = options;
  const base = `${name.origin}/v2/${name.repository}`;
  let authorization: string | undefined;

  const send = async ({ method = 'GET', path, headers, body }: RegistryRequest): Promise<Response> => {
    const url = new URL(path.startsWith('/') ? base + path : path);
    const ours = url.origin === new URL(name.origin).origin;
    const init = {
      method,
      headers: {
        'user-agent': 'dockerfile-extender',
        ...headers,
        ...(authorization !== undefined && ours && { authorization }),
      },
      ...(body && { body: body(), duplex: 'half' as const }),
    };
    return fetchPatiently(url, init, signal);
  };

  const sendAuthorized = async (request: RegistryRequest): Promise<Response> => {
    const response = await send(request);
    if (response.status !== 401) return response;
    await response.body?.cancel();
    authorization = await authorize(response.headers.get('www-authenticate') ?? '', { name, env, signal });
    return authorization === undefined ? response : send(request);
  };

  return {
    request: async (request) => {
      let pause = firstPause;
      for (let attempt = 1; ; attempt++) {
        signal.throwIfAborted();
        let reason: string;
        let status: number | undefined;
        try {
          const response = await sendAuthorized(request);
          if (request.expected.includes(response.status)) return response;
          await response.body?.cancel();
          status = response.status;
          reason = `it answers ${response.status} ${response.statusText}`.trim();
          if (!isWorthRepeating(response.status)) attempt = attempts;
        } catch (error) {
          signal.throwIfAborted();
          const { message, cause } = error as Error;
          reason = (cause as Error | undefined)?.message || message;
        }
        if (attempt >= attempts) {
          const refused = status !== undefined && status < 500;
          throw Object.assign(new Error(`The registry ${name.host} cannot be used: ${reason}.`), { refused });
        }
        await sleep(pause * (0.5 + Math.random()), undefined, { signal });
        pause *= 3;
      }
    },
  };
}

function isWorthRepeating(status: number): boolean {
  return status === 408 || status === 429 || status >= 500;
}

/** Gives up where no answer begins; its body then has a patience of its own. */
async function fetchPatiently(url: URL, init: RequestInit, signal: AbortSignal): Promise<Response> {
  const impatient = new AbortController();
  const timer = setTimeout(() => impatient.abort(new Error('it does not answer')), patience);
  // An upload takes its time before there can be an answer.
  if (init.method === 'PATCH') clearTimeout(timer);
  try {
    return await fetch(url, { ...init, signal: AbortSignal.any([signal, impatient.signal]) });
  } finally {
    clearTimeout(timer);
  }
}

/**
 * What the challenge of a registry asks for: basic credentials, or a token that they are traded for.
 * https://distribution.github.io/distribution/spec/auth/token/
 */
async function authorize(
  challenge: string,
  { name, env, signal }: { name: RegistryName; env: NodeJS.ProcessEnv; signal: AbortSignal },
): Promise<string | undefined> {
  const credentials = await findCredentials({ host: name.host, env });
  const own = credentials && 'authorization' in credentials ? credentials.authorization : undefined;
  const [scheme = ''] = challenge.split(' ', 1);
  if (scheme.toLowerCase() !== 'bearer' || own?.startsWith('Bearer ')) return own;
  const fields = new Map([...challenge.matchAll(/(\w+)="([^"]*)"/g)].map(([, key, value]) => [key, value]));
  const url = new URL(fields.get('realm') ?? '');
  const scope = `repository:${name.repository}:pull,push`;
  const service = fields.get('service') ?? '';
  let response: Response;
  if (credentials && 'identityToken' in credentials) {
    const form = { grant_type: 'refresh_token', refresh_token: credentials.identityToken, service, scope };
    const body = new URLSearchParams({ ...form, client_id: 'dockerfile-extender' });
    response = await fetchPatiently(url, { method: 'POST', body }, signal);
  } else {
    url.searchParams.set('service', service);
    url.searchParams.set('scope', scope);
    response = await fetchPatiently(
      url,
      { headers: own === undefined ? {} : { authorization: own } },
      signal,
    );
  }
  if (!response.ok) throw new Error(`${url.host} gives no token: ${response.status} ${response.statusText}`);
  const { token, access_token } = (await response.json()) as { token?: string; access_token?: string };
  return `Bearer ${token ?? access_token}`;
}
