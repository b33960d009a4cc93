// Keeps layers in a repository of a registry, so that many machines share them. An entry is an OCI artifact by the
// tag of its key: its config is the record, its only layer the layer.
import { createHash, randomUUID } from 'node:crypto';
import { createReadStream, createWriteStream, rmSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { digestOf } from '../image/digest.js';
import { type Descriptor, type Digest, type Manifest, mediaTypes } from '../image/manifest.js';
import type { Layer } from '../layer/layer.js';
import type { Logger } from '../report/logger.js';
import { openRegistryClient } from './registry-client.js';
import { parseRegistryName } from './registry-name.js';
import { type CacheStore, isRecord, tooOld } from './store.js';

const artifactType = 'application/vnd.dockerfile-extender.layer.v1';
const recordType = 'application/vnd.dockerfile-extender.record.v1+json';
const largestDocument = 4 * 1024 * 1024;
/** How long a body may stand still, in milliseconds. */
const patience = 30_000;

export interface RegistryStoreOptions {
  /** `host[:port]/name[:tag-prefix]`. */
  cacheRepo: string;
  /** How long a layer may be used, in milliseconds since it was made. */
  timeToLive: number;
  /** Where credentials are looked for. */
  env: NodeJS.ProcessEnv;
  logger: Logger;
  signal: AbortSignal;
}

/**
 * A store in a registry.
 * @throws UsageError where the repository is no name of one.
 */
export function openRegistryStore(options: RegistryStoreOptions): CacheStore {
  const { cacheRepo, timeToLive, env, logger, signal } = options;
  const name = parseRegistryName(cacheRepo);
  const client = openRegistryClient({ name, env, signal });
  const manifestPath = (key: Digest) => `/manifests/${name.tagPrefix}-${key.slice('sha256:'.length)}`;

  const readDocument = async (response: Response): Promise<Buffer> => {
    const chunks: Uint8Array[] = [];
    let size = 0;
    for await (const chunk of bodyOf(response, signal)) {
      size += chunk.length;
      if (size > largestDocument) throw new Error(`The registry ${name.host} sends too long a document.`);
      chunks.push(chunk);
    }
    return Buffer.concat(chunks);
  };

  const readBlob = async (descriptor: Descriptor): Promise<Buffer | undefined> => {
    const response = await client.request({ path: `/blobs/${descriptor.digest}`, expected: [200, 404] });
    const bytes = await readDocument(response);
    return response.status === 200 && digestOf(bytes) === descriptor.digest ? bytes : undefined;
  };

  /** @returns whether it is there, and is what it should be. */
  const download = async ({ file, digest, size }: Layer): Promise<boolean> => {
    const response = await client.request({ path: `/blobs/${digest}`, expected: [200, 404] });
    const hash = createHash('sha256');
    let received = 0;
    const check = async function* (chunks: AsyncIterable<Uint8Array>) {
      for await (const chunk of chunks) {
        received += chunk.length;
        if (received > size) return;
        hash.update(chunk);
        yield chunk;
      }
    };
    try {
      await pipeline(bodyOf(response, signal), check, createWriteStream(file, { flags: 'wx', mode: 0o644 }));
      const intact =
        response.status === 200 && received === size && digest === `sha256:${hash.digest('hex')}`;
      if (!intact) rmSync(file);
      return intact;
    } catch (error) {
      rmSync(file, { force: true });
      throw error;
    }
  };

  const upload = async ({ digest }: { digest: Digest }, body: () => NonNullable<RequestInit['body']>) => {
    const there = await client.request({ method: 'HEAD', path: `/blobs/${digest}`, expected: [200, 404] });
    if (there.status === 200) return;
    const started = await client.request({ method: 'POST', path: '/blobs/uploads/', expected: [202] });
    const type = { 'content-type': 'application/octet-stream' };
    const place = (response: Response) =>
      new URL(response.headers.get('location') ?? '', `${name.origin}/v2/`).toString();
    const sent = await client.request({
      ...{ method: 'PATCH', path: place(started), headers: type, body, expected: [202] },
    });
    const finish = new URL(place(sent));
    finish.searchParams.set('digest', digest);
    await client.request({ method: 'PUT', path: finish.toString(), headers: type, expected: [201] });
  };

  return {
    find: async ({ key, directory }) => {
      const accept = { accept: mediaTypes.manifest };
      const response = await client.request({
        path: manifestPath(key),
        headers: accept,
        expected: [200, 404],
      });
      const text = await readDocument(response);
      if (response.status === 404) return {};
      const damaged = (what: string) => {
        const why = `${what} is damaged`;
        logger.warn(`The entry ${key} in ${cacheRepo} cannot be used: ${why}. It is passed over.`);
        return { why };
      };
      const manifest = parseJson(text) as Partial<Manifest> | undefined;
      if (typeof manifest?.config?.digest !== 'string') return damaged('its manifest');
      const record = parseJson(await readBlob(manifest.config));
      if (!isRecord(record, key)) return damaged('its record');
      const why = tooOld(record, timeToLive);
      if (why !== undefined) return { why };
      if (record.layer === undefined) return { kept: { record } };
      const layer = { ...record.layer, file: join(directory, `layer-${randomUUID()}`) };
      if (!(await download(layer))) return damaged('its layer');
      return { kept: { record, layer } };
    },
    keep: async ({ record, layer }) => {
      const text = Buffer.from(JSON.stringify(record));
      const config = { mediaType: recordType, digest: digestOf(text), size: text.length };
      await upload(config, () => text);
      if (layer)
        await upload(layer, () => Readable.toWeb(createReadStream(layer.file)) as ReadableStream<Uint8Array>);
      const { mediaType, digest, size } = layer ?? config;
      const manifest = {
        schemaVersion: 2,
        mediaType: mediaTypes.manifest,
        artifactType,
        config,
        layers: [{ mediaType, digest, size }],
      };
      await client.request({
        method: 'PUT',
        path: manifestPath(record.key),
        headers: { 'content-type': mediaTypes.manifest },
        body: () => JSON.stringify(manifest),
        expected: [201],
      });
    },
  };
}

/** The chunks of a body, as long as they keep coming. */
async function* bodyOf(response: Response, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  if (response.body === null) return;
  const reader = response.body.getReader();
  try {
    for (;;) {
      signal.throwIfAborted();
      let timer: NodeJS.Timeout | undefined;
      const stalled = new Promise<never>((_, reject) => {
        timer = setTimeout(() => reject(new Error(`nothing more comes from ${response.url}`)), patience);
      });
      const { done, value } = await Promise.race([reader.read(), stalled]).finally(() => clearTimeout(timer));
      if (done) return;
      yield value;
    }
  } finally {
    await reader.cancel().catch(() => {});
  }
}

function parseJson(bytes: Buffer | undefined): unknown {
  try {
    return bytes && JSON.parse(bytes.toString());
  } catch {
    return undefined;
  }
}
