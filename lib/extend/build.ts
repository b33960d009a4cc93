// One build: Dockerfiles applied in order to one root filesystem, their layers put on one image.
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { CacheOptions } from '../cache/layer-cache.js';
import type { Dockerfile } from '../dockerfile/instruction.js';
import type { HistoryEntry } from '../image/config.js';
import { splitVariable } from '../image/evolve.js';
import { emptyImage, extendImage, type Image } from '../image/image.js';
import { platformArgs, proxyArgs } from '../interpreter/arguments.js';
import { InstructionError } from '../interpreter/instruction-error.js';
import { interpret, type Step } from '../interpreter/interpret.js';
import { type Launcher, openLauncher } from '../interpreter/launcher.js';
import type { BuildSession, Secret } from '../interpreter/session.js';
import { zstdStreams } from '../layer/compression.js';
import type { Compression, Layer } from '../layer/layer.js';
import { isLayerRefusal } from '../layer/layer-refusal.js';
import type { OnEvent } from '../report/events.js';
import { type Logger, silentLogger } from '../report/logger.js';
import { tryLockFolder } from '../rootfs/file-lock.js';
import { openCacheLine } from './cache-line.js';
import { type LayerToMake, openLayerMaker } from './layer-maker.js';
import { type Layering, type Segment, segmentsOf } from './segments.js';
import { makeWorkDir, type WorkDir } from './work-dir.js';

/** The folder of this program, which is no part of an image that it is mounted or copied into. */
const ownFolder = fileURLToPath(new URL('../..', import.meta.url));

export interface BuildOptions extends CacheOptions {
  /** Path of the root filesystem; `/` means: in place. */
  rootfs: string;
  /** The image that the rootfs came from; its layers' blobs may be absent. */
  base?: Image;
  /** Absolute paths inside the rootfs that no layer takes in. */
  ignore?: readonly string[];
  /** Existing folder in which a work folder is made; the finished layers lie in that until `close`. */
  layerDir: string;
  compression?: Compression;
  layering?: Layering;
  /** Seconds since the epoch: the latest time that layers and history tell. */
  sourceDateEpoch?: number;
  secrets?: readonly Secret[];
  /** Path of the socket of the agent that `RUN --mount=type=ssh` passes on. */
  sshAgent?: string;
  /** Keeps the folders of `RUN --mount=type=cache` from build to build. */
  cacheMountDir?: string;
  logger?: Logger;
  onEvent?: OnEvent;
  signal?: AbortSignal;
}

export interface DockerfileInput {
  path: string;
  /** What is there: a file such as a pipe can be read but once. */
  dockerfile: Dockerfile;
  /** The build context, a folder. */
  context: string;
  buildArgs?: Readonly<Record<string, string>>;
  /** What it is called in messages about the cache, the same in every build; by default its path. */
  name?: string;
  /** Folders by the name that `--from` calls them. */
  namedContexts?: ReadonlyMap<string, string>;
  /** Words the `created_by` of a layer that came of these steps; by default it is that of the last. */
  layerCreatedBy?: (steps: readonly Step[]) => string;
}

/** A layer that the build made. */
export type BuiltLayer = Layer & { createdBy: string };

export interface Build {
  /** The image so far. */
  readonly image: Image;
  /**
   * Applies one Dockerfile; its layers are on the image when it resolves. Layers that came out of the cache are
   * put into the root filesystem when a step is executed that comes after them, or by `restore`.
   * @throws DockerfileError, InstructionError, or an Error that names the path; the signal's reason if aborted.
   */
  apply(input: DockerfileInput): Promise<BuiltLayer[]>;
  /** Whether names of users may mean something else once the root filesystem is restored. */
  readonly accountsPending: boolean;
  /** Puts the layers that came out of the cache into the root filesystem. */
  restore(): Promise<void>;
  /** Ends what the build holds: processes, threads, its work folder. */
  close(): Promise<void>;
}

/**
 * Starts a build; to be closed however it goes.
 * @throws UsageError where what the options ask for cannot be had; Error where another build has the root filesystem.
 */
export async function startBuild(options: BuildOptions): Promise<Build> {
  const { layerDir, logger = silentLogger, onEvent = () => {}, layering = 'extension' } = options;
  const { signal = new AbortController().signal, sourceDateEpoch } = options;
  const rootfs = resolve(options.rootfs);
  // Better now than when the instructions are done.
  if (options.compression === 'zstd') zstdStreams();
  const secrets = new Map((options.secrets ?? []).map((secret) => [secret.id, secret]));
  const unlock = lockRootfs(rootfs);
  let workDir: WorkDir;
  try {
    workDir = makeWorkDir(layerDir);
  } catch (error) {
    unlock();
    throw error;
  }
  const ignore = [
    ...(options.ignore ?? []),
    ...[layerDir, ownFolder, ...(options.cacheDir ? [options.cacheDir] : [])].flatMap((path) =>
      pathInside(rootfs, path),
    ),
  ];
  const maker = openLayerMaker({
    ...options,
    base: options.base,
    rootfs,
    ignore,
    ignoreAsked: options.ignore ?? [],
    directory: workDir.path,
    logger,
    onEvent,
    signal,
  });
  let image = options.base ?? emptyImage();
  let launcher: Launcher | undefined;

  const openSession = (input: DockerfileInput): BuildSession => ({
    rootfs,
    context: resolve(input.context),
    dockerfilePath: resolve(input.path),
    namedContexts: input.namedContexts ?? new Map(),
    secrets,
    ...(options.sshAgent !== undefined && { sshAgent: options.sshAgent }),
    workDir: workDir.path,
    cacheMountDir: options.cacheMountDir ?? join(workDir.path, 'cache-mounts'),
    config: image.config.config ?? {},
    environment: new Map((image.config.config?.Env ?? []).map(splitVariable)),
    proxyArgs: proxyArgs(input.buildArgs ?? {}),
    get launcher() {
      launcher ??= openLauncher();
      return launcher;
    },
    touched: new Map(),
    restored: new Map(),
    logger,
    onEvent,
    signal,
  });

  /** Puts the steps of a segment on the image: one layer with what they change, and their history. */
  const commit = async (
    segment: Segment,
    input: DockerfileInput,
    making: Pick<LayerToMake, 'session' | 'place' | 'onLookUp'>,
  ): Promise<BuiltLayer[]> => {
    const { steps } = segment;
    const layerSteps = steps.filter((step) => step.changesFiles);
    const layerStep = layerSteps.at(-1);
    const createdBy = (layerStep && input.layerCreatedBy?.(layerSteps)) ?? layerStep?.createdBy ?? '';
    const layer = await maker.make({ ...making, segment, image, createdBy });
    const created = new Date(
      sourceDateEpoch === undefined ? Date.now() : sourceDateEpoch * 1000,
    ).toISOString();
    for (const step of steps) {
      const own = step === layerStep ? layer : undefined;
      const entry: HistoryEntry = { created, created_by: own ? createdBy : step.createdBy };
      image = extendImage(image, entry, own);
      const { instruction } = step;
      const author = instruction.keyword === 'MAINTAINER' ? { author: instruction.name } : {};
      image = { ...image, config: { ...image.config, created, ...author, config: step.nextConfig } };
    }
    return layer ? [{ ...layer, createdBy }] : [];
  };

  const apply = async (input: DockerfileInput): Promise<BuiltLayer[]> => {
    const { dockerfile, name = input.path } = input;
    const session = openSession(input);
    const predefined = platformArgs(image.config);
    const steps = interpret({ dockerfile, session, buildArgs: input.buildArgs ?? {}, predefined });
    const layers: BuiltLayer[] = [];
    const cacheLine = openCacheLine(name, logger);
    for (const [index, segment] of segmentsOf(steps, layering).entries()) {
      signal.throwIfAborted();
      const place = `${name}, layer ${index + 1}`;
      try {
        layers.push(...(await commit(segment, input, { session, place, onLookUp: cacheLine.lookedUp })));
      } catch (error) {
        throw isLayerRefusal(error) ? refusedAt(dockerfile, segment, error) : error;
      }
    }
    cacheLine.end();
    return layers;
  };

  return {
    get image() {
      return image;
    },
    apply,
    get accountsPending() {
      return maker.accountsPending;
    },
    restore: maker.restore,
    close: async () => {
      await launcher?.close();
      workDir.remove();
      unlock();
    },
  };
}

/** Of two builds at once, each would take what the other does for its own. */
function lockRootfs(rootfs: string): () => void {
  const unlock = tryLockFolder(rootfs);
  if (unlock !== undefined) return unlock;
  throw new Error(`Another build is at work in ${rootfs}: start this one again when that has ended.`);
}

/** The files of the segment are not told apart, so it is named by its end. */
function refusedAt(dockerfile: Dockerfile, { steps }: Segment, { message }: Error): InstructionError {
  const { instruction } = steps.findLast(({ changesFiles }) => changesFiles)!;
  return new InstructionError(
    dockerfile,
    instruction,
    new Error(`The layer that ends here cannot be written. ${message}`),
  );
}

/** The path of a folder inside a rootfs, if it is inside. */
function pathInside(rootfs: string, folder: string): string[] {
  const path = resolve(folder);
  if (rootfs === '/') return [path];
  return path.startsWith(`${rootfs}/`) ? [path.slice(rootfs.length)] : [];
}
