// The registry store against a stub of a registry: how it authorizes, what it repeats, when it gives up.
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { untilItFails } from '../../lib/cache/failing-store.js';
import { parseRegistryName } from '../../lib/cache/registry-name.js';
import { openRegistryStore } from '../../lib/cache/registry-store.js';
import { digestOf } from '../../lib/image/digest.js';
import { folderWith, rememberingLogger } from '../extend/support/folder.js';

const { signal } = new AbortController();
const key = digestOf('a key');
type Answer = (request: IncomingMessage, response: ServerResponse) => void;

let server: Server;
let host: string;
let answer: Answer;
let requests: string[];

beforeEach(async () => {
  requests = [];
  server = createServer((request, response) => {
    requests.push(`${request.method} ${request.url} ${request.headers.authorization ?? '-'}`);
    answer(request, response);
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

function open(env: NodeJS.ProcessEnv) {
  const logger = rememberingLogger();
  const home = { HOME: folderWith() };
  const options = { cacheRepo: `${host}/cache`, timeToLive: 1e9, env: { ...home, ...env }, logger, signal };
  return { store: untilItFails(openRegistryStore(options), 'the registry', logger), logger };
}

const find = (env: NodeJS.ProcessEnv) => {
  const { store, logger } = open(env);
  return store.find({ key, directory: folderWith(), signal }).then((look) => ({ look, ...logger }));
};

const manifest = `GET /v2/cache/manifests/layer-${key.slice(7)}`;
const challenge =
  (scheme: string): Answer =>
  (request, response) => {
    if (request.url?.startsWith('/token')) {
      response.end(JSON.stringify({ token: 'traded' }));
      return;
    }
    const known = request.headers.authorization !== undefined;
    response.writeHead(known ? 404 : 401, { 'www-authenticate': scheme }).end();
  };
const bearer = () => `Bearer realm="http://${host}/token",service="stub"`;

function dockerConfig(config: object): NodeJS.ProcessEnv {
  const folder = folderWith();
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'config.json'), JSON.stringify(config));
  return { DOCKER_CONFIG: folder };
}

describe('The registry store', () => {
  it.each([
    ['CNB_REGISTRY_AUTH', () => ({ CNB_REGISTRY_AUTH: JSON.stringify({ [host]: 'Basic YTpi' }) })],
    ["Docker's config", () => dockerConfig({ auths: { [host]: { auth: 'YTpi' } } })],
    [
      "Docker's config with a scheme",
      () => dockerConfig({ auths: { [`https://${host}`]: { auth: 'YTpi' } } }),
    ],
    ['a name and a password', () => dockerConfig({ auths: { [host]: { username: 'a', password: 'b' } } })],
  ])('sends what %s has for the host, once it is asked to', async (_, env) => {
    answer = challenge('Basic realm="stub"');
    const { look, all } = await find(env());
    expect([look, all]).toEqual([{}, []]);
    expect(requests).toEqual([`${manifest} -`, `${manifest} Basic YTpi`]);
  });

  it('trades credentials, or none, for a token', async () => {
    answer = challenge(bearer());
    await find(dockerConfig({ auths: { [host]: { auth: 'YTpi' } } }));
    await find(dockerConfig({ auths: { 'another.example': { auth: 'YTpi' } } }));
    const token = 'GET /token?service=stub&scope=repository%3Acache%3Apull%2Cpush';
    expect(requests).toEqual([
      ...[`${manifest} -`, `${token} Basic YTpi`, `${manifest} Bearer traded`],
      ...[`${manifest} -`, `${token} -`, `${manifest} Bearer traded`],
    ]);
  });

  it('gives up where it may not read, in one sentence without the credentials', async () => {
    answer = (_, response) => void response.writeHead(403).end();
    const { look, all } = await find({ CNB_REGISTRY_AUTH: JSON.stringify({ [host]: 'Basic c2VjcmV0' }) });
    expect(look).toEqual({});
    expect(all).toEqual([
      `The registry ${host} cannot be used: it answers 403 Forbidden. The build goes on without the registry.`,
    ]);
    expect(requests).toHaveLength(1);
  });

  it('asks again where the server is out of order for a while', async () => {
    answer = (_, response) => void response.writeHead(requests.length < 3 ? 503 : 404).end();
    const { look, all } = await find({});
    expect([look, all, requests.length]).toEqual([{}, [], 3]);
  });

  it('warns once of a server that is not there, and asks no more', async () => {
    server.close();
    const { store, logger } = open({});
    for (let times = 0; times < 3; times++) await store.find({ key, directory: folderWith(), signal });
    expect(logger.warnings).toEqual([expect.stringContaining('ECONNREFUSED')]);
  });

  it.each([
    ['no JSON', 'nothing'],
    ['no manifest', '{}'],
    ['a manifest without its record', JSON.stringify({ config: { digest: digestOf('x'), size: 1 } })],
  ])('passes over an entry that is %s', async (_, body) => {
    answer = (request, response) =>
      request.url?.includes('/manifests/') ? void response.end(body) : void response.writeHead(404).end();
    const { look, warnings } = await find({});
    expect(look).toEqual({ why: expect.stringMatching(/is damaged$/) });
    expect(warnings).toHaveLength(1);
  });
});

describe('parseRegistryName', () => {
  it.each([
    ['registry.example/team/cache', 'https://registry.example', 'team/cache', 'layer'],
    ['registry.example:5000/cache:linux', 'https://registry.example:5000', 'cache', 'linux'],
    ['http://registry.example/cache', 'http://registry.example', 'cache', 'layer'],
    ['localhost:5000/cache', 'http://localhost:5000', 'cache', 'layer'],
    ['[::1]:5000/cache', 'http://[::1]:5000', 'cache', 'layer'],
    ['https://127.0.0.1:5000/cache', 'https://127.0.0.1:5000', 'cache', 'layer'],
  ])('reads %s', (word, origin, repository, tagPrefix) => {
    expect(parseRegistryName(word)).toMatchObject({ origin, repository, tagPrefix });
  });

  it.each(['cache', 'registry.example/', '/cache', 'registry.example/Cache', 'a b/c', 'ftp://a/b', 'a/b/'])(
    'refuses %s',
    (word) => expect(() => parseRegistryName(word)).toThrow(`The cache repository '${word}' is none`),
  );
});
