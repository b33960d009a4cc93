// A process that uses a cache folder together with others: takes the layer of a key or makes and keeps it, again
// and again, and says what it got. Arguments: folder of the compiled library, cache folder, work folder, rounds.
import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const [library, cacheDir, work, rounds] = process.argv.slice(2);
const { openDirectoryStore } = await import(join(library, 'cache/directory-store.js'));
const logger = { debug() {}, info() {}, warn: (message) => say('warning', message), error() {} };
const say = (...words) => process.stdout.write(`${words.join(' ')}\n`);
const maxSize = 3 * 300_000;
const store = openDirectoryStore({ cacheDir, timeToLive: 3_600_000, maxSize, logger });
const digestOf = (bytes) => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
const { signal } = new AbortController();
mkdirSync(work, { recursive: true });

for (let round = 0; round < Number(rounds); round++) {
  // Most keys are shared; one in six is new, so that layers keep coming and others have to go.
  const key = digestOf(round % 6 === 5 ? randomBytes(8) : `key ${round % 6}`);
  const { kept } = await store.find({ key, directory: work, signal });
  if (kept) {
    const bytes = readFileSync(kept.layer.file);
    rmSync(kept.layer.file);
    const isRight = bytes.subarray(0, key.length).toString() === key && digestOf(bytes) === kept.layer.digest;
    say(isRight ? 'right' : 'wrong', key);
    continue;
  }
  // No two layers are alike, even of one key, as it is with layers that tell times.
  const bytes = Buffer.concat([Buffer.from(key), randomBytes(200_000)]);
  const file = join(work, `layer-${round}`);
  writeFileSync(file, bytes);
  const described = { digest: digestOf(bytes), diffID: digestOf(bytes), size: bytes.length, mediaType: 'x' };
  const record = { key, made: Date.now(), createdBy: 'a spec', changesAccounts: false, layer: described };
  await store.keep({ record, layer: { ...described, file } }, signal);
  rmSync(file);
  say('made', key);
}
say('done');
