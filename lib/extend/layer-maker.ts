// Makes the layers of one build: takes each from the cache, or else executes its steps and cuts it.

import { type CacheOptions, openLayerCache } from '../cache/layer-cache.js';
import { type LayerKey, layerKey, Uncacheable } from '../cache/layer-key.js';
import { digestRootfs } from '../cache/rootfs-digest.js';
import { digestOf } from '../image/digest.js';
import type { Image } from '../image/image.js';
import type { Digest } from '../image/manifest.js';
import { summaryOf } from '../interpreter/instruction-error.js';
import type { Step } from '../interpreter/interpret.js';
import type { BuildSession } from '../interpreter/session.js';
import type { Layer } from '../layer/layer.js';
import { unpackLayer } from '../layer/unpack-layer.js';
import { type Cut, type LayerCutterOptions, openLayerCutter } from './layer-cutter.js';
import type { Segment } from './segments.js';

export interface LayerMakerOptions extends LayerCutterOptions, CacheOptions {
  /** The image that the rootfs came from. */
  base: Image | undefined;
  /** Those of the ignored paths that somebody asked for. */
  ignoreAsked: readonly string[];
}

export interface LayerToMake {
  segment: Segment;
  session: BuildSession;
  /** The image so far. */
  image: Image;
  /** The same from build to build. */
  place: string;
  createdBy: string;
  /** Called before anything is executed; `missed` says why the layer is not in the cache, if it is not. */
  onLookUp(missed: string | undefined): void;
}

export interface LayerMaker {
  /** @returns undefined where the steps change nothing. */
  make(wanted: LayerToMake): Promise<Layer | undefined>;
  /** Whether names of users may mean something else once layers out of the cache are restored. */
  readonly accountsPending: boolean;
  /** Brings the root filesystem up to date with the layers that were taken from the cache. */
  restore(): Promise<void>;
}

/** A maker of layers; it does nothing to the root filesystem before a layer is to be made. */
export function openLayerMaker(options: LayerMakerOptions): LayerMaker {
  const { rootfs, ignore, ignoreAsked, directory, base, compression, sourceDateEpoch } = options;
  const { logger, onEvent, signal } = options;
  const cutter = openLayerCutter(options);
  const cache = openLayerCache(options);
  const digests = new Map<string, string>();
  const manner = {
    'the compression': compression,
    SOURCE_DATE_EPOCH: sourceDateEpoch,
    'a path that is left out of layers': ignoreAsked,
  };
  let baseDigest: Promise<Digest> | undefined;
  let pending: Layer[] = [];
  let accountsPending = false;

  const keyOf = async ({ segment, session, image }: LayerToMake): Promise<LayerKey | string> => {
    if (!segment.reusable) return 'it uses build_id, which differs in every build';
    baseDigest ??= base
      ? Promise.resolve(digestOf(JSON.stringify(base.config)))
      : digestRootfs({ rootfs, ignore, signal });
    const { rootfs: layers, ...platform } = image.config;
    const layersBelow = layers.diff_ids.slice(base?.layers.length ?? 0) as Digest[];
    const surroundings = { platform, base: await baseDigest, layersBelow, manner };
    const steps = segment.steps.filter(({ changesFiles }) => changesFiles);
    try {
      return await layerKey({ steps, session, surroundings, digests });
    } catch (error) {
      signal.throwIfAborted();
      if ((error as Error).name === Uncacheable.name) return (error as Error).message;
      return 'what it takes cannot be read';
    }
  };

  const restore = async () => {
    if (pending.length === 0) return;
    const started = performance.now();
    // Each was verified when it was taken from the cache.
    for (const layer of pending) await unpackLayer({ layer, rootfs, logger, signal });
    const bytes = pending.reduce((sum, { size }) => sum + size, 0);
    pending = [];
    accountsPending = false;
    cutter.forget();
    onEvent({ type: 'phase-finished', phase: 'restore', milliseconds: performance.now() - started, bytes });
  };

  const execute = async (step: Step) => {
    const place = { line: step.instruction.range.start.line, text: summaryOf(step.instruction) };
    const started = performance.now();
    onEvent({ type: 'instruction-started', ...place });
    await step.execute();
    onEvent({ type: 'instruction-finished', ...place, milliseconds: performance.now() - started });
  };

  const executeAll = async ({ segment, session }: LayerToMake): Promise<Cut> => {
    const changesFiles = segment.steps.some((step) => step.changesFiles);
    if (changesFiles) {
      await restore();
      if (segment.steps.some(({ instruction }) => instruction.keyword === 'RUN')) void session.launcher;
      await cutter.ready();
    }
    for (const step of segment.steps) await execute(step);
    return changesFiles ? cutter.cut(session) : { changes: [] };
  };

  const passOver = (steps: readonly Step[]) => {
    for (const { instruction, changesFiles } of steps) {
      const place = { line: instruction.range.start.line, text: summaryOf(instruction) };
      onEvent({ type: 'instruction-started', ...place });
      onEvent({
        type: 'instruction-finished',
        ...place,
        milliseconds: 0,
        ...(changesFiles && { cached: true }),
      });
    }
  };

  const make = async (wanted: LayerToMake): Promise<Layer | undefined> => {
    const { segment, place, createdBy, onLookUp } = wanted;
    const { steps } = segment;
    if (cache === undefined || !steps.some(({ changesFiles }) => changesFiles)) {
      return (await executeAll(wanted)).layer;
    }
    const started = performance.now();
    const key = await keyOf(wanted);
    const found = typeof key === 'string' ? { missed: key } : await cache.find({ key, place, directory });
    const line = steps[0]!.instruction.range.start.line;
    onEvent({
      type: 'cache-looked-up',
      line,
      place,
      milliseconds: performance.now() - started,
      hit: found.kept !== undefined,
      ...(typeof key !== 'string' && { key: key.digest }),
      ...(found.missed !== undefined && { reason: found.missed }),
    });
    onLookUp(found.missed);
    if (found.kept) {
      const { layer, record } = found.kept;
      passOver(steps);
      if (layer) pending.push(layer);
      accountsPending ||= record.changesAccounts;
      return layer;
    }
    const { layer, changes } = await executeAll(wanted);
    // A source that changed meanwhile, by a RUN perhaps, is not what the key says.
    const keyAfter = typeof key === 'string' ? key : await keyOf(wanted);
    if (typeof key !== 'string' && typeof keyAfter !== 'string' && keyAfter.digest === key.digest) {
      const changesAccounts = changes.some(({ path }) => /^\/etc(\/(passwd|group))?$/.test(path));
      await cache.keep({ key: key.digest, createdBy, changesAccounts, ...(layer && { layer }) });
    }
    return layer;
  };

  return {
    make,
    get accountsPending() {
      return accountsPending;
    },
    restore,
  };
}
