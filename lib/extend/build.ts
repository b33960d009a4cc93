// One build: Dockerfiles applied in order to one root filesystem, their layers put on one image.
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseDockerfile } from '../dockerfile/parse.js';
import type { HistoryEntry } from '../image/config.js';
import { splitVariable } from '../image/evolve.js';
import { emptyImage, extendImage, type Image } from '../image/image.js';
import { platformArgs, proxyArgs } from '../interpreter/arguments.js';
import { summaryOf } from '../interpreter/instruction-error.js';
import { changesFiles, interpret, type Step } from '../interpreter/interpret.js';
import { type Launcher, openLauncher } from '../interpreter/launcher.js';
import type { BuildSession, Secret } from '../interpreter/session.js';
import type { Compression, Layer } from '../layer/layer.js';
import type { OnEvent } from '../report/events.js';
import { type Logger, silentLogger } from '../report/logger.js';
import { openLayerCutter } from './layer-cutter.js';
import { makeWorkDir } from './work-dir.js';

/** The folder of this program, which is no part of an image that it is mounted or copied into. */
const ownFolder = fileURLToPath(new URL('../..', import.meta.url));

export type Layering = 'extension' | 'instruction';

export interface BuildOptions {
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
  /** Keeps the folders of `RUN --mount=type=cache` from build to build. */
  cacheMountDir?: string;
  logger?: Logger;
  onEvent?: OnEvent;
  signal?: AbortSignal;
}

export interface DockerfileInput {
  path: string;
  /** The build context, a folder. */
  context: string;
  buildArgs?: Readonly<Record<string, string>>;
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
   * Applies one Dockerfile; its layers are on the image when it resolves.
   * @throws DockerfileError, InstructionError, or an Error that names the path; the signal's reason if aborted.
   */
  apply(input: DockerfileInput): Promise<BuiltLayer[]>;
  /** Ends what the build holds: processes, threads, its work folder. */
  close(): Promise<void>;
}

/** Starts a build; to be closed however it goes. */
export async function startBuild(options: BuildOptions): Promise<Build> {
  const { layerDir, logger = silentLogger, onEvent = () => {}, layering = 'extension' } = options;
  const { signal = new AbortController().signal, sourceDateEpoch } = options;
  const rootfs = resolve(options.rootfs);
  const secrets = new Map((options.secrets ?? []).map((secret) => [secret.id, secret]));
  const workDir = makeWorkDir(layerDir);
  const ignore = [
    ...(options.ignore ?? []),
    ...[layerDir, ownFolder].flatMap((path) => pathInside(rootfs, path)),
  ];
  const cutter = openLayerCutter({
    ...options,
    rootfs,
    ignore,
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

  const executed = async (step: Step) => {
    const place = { line: step.instruction.range.start.line, text: summaryOf(step.instruction) };
    const started = performance.now();
    onEvent({ type: 'instruction-started', ...place });
    await step.execute();
    onEvent({ type: 'instruction-finished', ...place, milliseconds: performance.now() - started });
  };

  /** Puts the steps on the image: one layer with what they changed, and their history. */
  const commit = async (steps: readonly Step[], session: BuildSession, input: DockerfileInput) => {
    const layerSteps = steps.filter((step) => step.changesFiles);
    const layer = layerSteps.length > 0 ? await cutter.cut(session) : undefined;
    const layerStep = layer && layerSteps.at(-1);
    const createdBy = (step: Step) =>
      step === layerStep ? (input.layerCreatedBy?.(layerSteps) ?? step.createdBy) : step.createdBy;
    const created = new Date(
      sourceDateEpoch === undefined ? Date.now() : sourceDateEpoch * 1000,
    ).toISOString();
    for (const step of steps) {
      const entry: HistoryEntry = { created, created_by: createdBy(step) };
      image = extendImage(image, entry, step === layerStep ? layer : undefined);
      const { instruction } = step;
      const author = instruction.keyword === 'MAINTAINER' ? { author: instruction.name } : {};
      image = { ...image, config: { ...image.config, created, ...author, config: session.config } };
    }
    return layer && layerStep ? [{ ...layer, createdBy: createdBy(layerStep) }] : [];
  };

  const apply = async (input: DockerfileInput): Promise<BuiltLayer[]> => {
    const dockerfile = parseDockerfile({ text: await readFile(input.path, 'utf8'), name: input.path });
    const { instructions } = dockerfile;
    const ready = instructions.some(changesFiles) ? cutter.ready() : undefined;
    ready?.catch(() => {});
    if (instructions.some(({ keyword }) => keyword === 'RUN')) launcher ??= openLauncher();

    const session = openSession(input);
    const layers: BuiltLayer[] = [];
    let steps: Step[] = [];
    const cut = async () => {
      layers.push(...(await commit(steps, session, input)));
      steps = [];
    };
    let buildIdUsed = false;
    const predefined = platformArgs(image.config);
    for await (const step of interpret({
      dockerfile,
      session,
      buildArgs: input.buildArgs ?? {},
      predefined,
    })) {
      if (!buildIdUsed && usesBuildId(step, session)) {
        buildIdUsed = true;
        await cut();
      }
      if (step.changesFiles) await ready;
      await executed(step);
      steps.push(step);
      if (layering === 'instruction' && step.changesFiles) await cut();
    }
    await cut();
    return layers;
  };

  return {
    get image() {
      return image;
    },
    apply,
    close: async () => {
      await launcher?.close();
      workDir.remove();
    },
  };
}

/**
 * Whether a step may depend on `build_id`, which differs in every build: what comes before the first such step
 * can be reused, what comes from there on cannot. A RUN sees every declared arg.
 */
function usesBuildId(step: Step, session: BuildSession): boolean {
  if (step.variablesUsed.has('build_id')) return true;
  return step.instruction.keyword === 'RUN' && session.environment.has('build_id');
}

/** The path of a folder inside a rootfs, if it is inside. */
function pathInside(rootfs: string, folder: string): string[] {
  const path = resolve(folder);
  if (rootfs === '/') return [path];
  return path.startsWith(`${rootfs}/`) ? [path.slice(rootfs.length)] : [];
}
