// What extending a build image and extending a run image have in common: find the Dockerfiles, apply them in
// order to the root filesystem, and make the image what the specification says.
// https://github.com/buildpacks/spec/blob/main/image_extension.md#phase-extension
import { randomUUID } from 'node:crypto';
import { join, relative, resolve } from 'node:path';
import type { Dockerfile } from '../dockerfile/instruction.js';
import { digestOf } from '../image/digest.js';
import type { Image } from '../image/image.js';
import type { Step } from '../interpreter/interpret.js';
import { namesAccounts } from '../interpreter/ownership.js';
import type { Secret } from '../interpreter/session.js';
import type { OnEvent } from '../report/events.js';
import { type Logger, silentLogger } from '../report/logger.js';
import { makeFolders } from '../rootfs/make-folders.js';
import { readImageReference } from './analyzed.js';
import { findBaseImage } from './base-image.js';
import { type Build, type BuiltLayer, startBuild } from './build.js';
import { checkDockerfile } from './check-dockerfile.js';
import { findDockerfiles, type GeneratedDockerfile } from './generated.js';
import { type ExtensionKind, readGroup } from './group.js';
import { withFixedTimes, withPlainHistory } from './history.js';
import type { ExtenderInputs } from './inputs.js';
import { LifecycleError, messageOf } from './lifecycle-error.js';
import { isMarkedRebasable, withRebasable } from './rebasable.js';
import { checkLastUser, userOf, warnOfRoot } from './user-rule.js';
import { makeWorkDir } from './work-dir.js';

/** What both kinds of extension take; the extender's inputs (`resolveInputs`) are such options. */
export type ExtensionOptions = Pick<
  ExtenderInputs,
  'platformApi' | 'analyzed' | 'app' | 'generated' | 'group' | 'kanikoDir' | 'layers' | 'platform'
> &
  Partial<
    Pick<
      ExtenderInputs,
      'cacheMaxSize' | 'cacheRepo' | 'compression' | 'kanikoCacheTtl' | 'layering' | 'sourceDateEpoch'
    >
  > & {
    /** The root filesystem to extend, which the base image is of; `/` by default. */
    rootfs?: string;
    secrets?: readonly Secret[];
    logger?: Logger;
    onEvent?: OnEvent;
    signal?: AbortSignal;
  };

/** An image with all extensions, and the layers that are new in it. */
export interface AppliedExtensions {
  image: Image;
  layers: BuiltLayer[];
}

/**
 * Applies the Dockerfiles of one kind.
 * @param options.workParent folder in which a work folder of ours is made, once the inputs are found in order.
 * @param options.output folder that will hold the image; left out of layers.
 * @param options.use takes the result and the work folder, while the layers' files exist.
 * @returns what `use` returns.
 * @throws LifecycleError; the signal's reason where that aborts.
 */
export async function applyExtensions<Result>(
  options: ExtensionOptions & {
    kind: ExtensionKind;
    workParent: string;
    output?: string;
    use(applied: AppliedExtensions, workDir: string): Promise<Result>;
  },
): Promise<Result> {
  const { kind, rootfs = '/', logger = silentLogger, sourceDateEpoch } = options;
  const extensions = await readGroup({ path: options.group, logger });
  const reference = await readImageReference({ path: options.analyzed, kind });
  const base = findBaseImage({ reference, kind, kanikoDir: options.kanikoDir });
  const generated = await findDockerfiles({ ...options, extensions, logger });
  const dockerfiles = await Promise.all(
    generated.map(async (one) => ({
      ...one,
      parsed: await checkDockerfile({ path: one.path, kind, logger }),
    })),
  );
  makeFolders(resolve(options.workParent));
  const work = makeWorkDir(options.workParent);
  const start = { ...base, config: withPlainHistory(base.config) };
  const ignore = ignoredPaths(options, rootfs);
  const { kanikoDir, kanikoCacheTtl } = options;
  const build = await startBuild({
    ...options,
    ...{ rootfs, base: start, ignore, layerDir: work.path, cacheDir: join(kanikoDir, 'cache', 'layers') },
    ...(kanikoCacheTtl !== undefined && { cacheTimeToLive: kanikoCacheTtl }),
  });
  try {
    if (dockerfiles.length === 0) {
      logger.info(`No extension has a ${kind} Dockerfile: the ${kind} image stays as it is.`);
      return await options.use({ image: base, layers: [] }, work.path);
    }
    const layers: BuiltLayer[] = [];
    let rebasable = true;
    for (const dockerfile of dockerfiles) {
      logger.info(`Extending the ${kind} image by extension '${dockerfile.extensionId}'`);
      const before = userOf(build.image.config).user;
      const name = dockerfile === dockerfiles[0] ? reference : imageName(build.image);
      layers.push(...(await applyOne(build, dockerfile, name, options)));
      if (build.accountsPending && namesAccounts(build.image.config.config?.User ?? ''))
        await build.restore();
      rebasable = isMarkedRebasable(dockerfile.parsed, build.image.config) && rebasable;
      warnOfRoot({ path: dockerfile.path, before, config: build.image.config, rootfs, logger });
    }
    if (kind === 'build') await build.restore();
    checkLastUser({ kind, base: base.config, config: build.image.config, rootfs, logger });
    const config = withRebasable(build.image.config, rebasable);
    const image = { ...build.image, config: withFixedTimes(config, base.layers.length, sourceDateEpoch) };
    return await options.use({ image, layers }, work.path);
  } finally {
    await build.close();
    work.remove();
  }
}

/** Applies one Dockerfile with the build args of the specification. */
async function applyOne(
  build: Build,
  { path, parsed, context, extensionId, buildArgs }: GeneratedDockerfile & { parsed: Dockerfile },
  baseImage: string,
  { kind, signal }: { kind: ExtensionKind; signal?: AbortSignal },
): Promise<BuiltLayer[]> {
  const { user, group } = userOf(build.image.config);
  const given = {
    base_image: baseImage,
    build_id: randomUUID(),
    user_id: user,
    group_id: group,
  };
  const layerCreatedBy = (steps: readonly Step[]) => {
    const lines = steps.map(({ instruction }) => inOneLine(instruction.source));
    return `Layer: '${lines.join('; ')}', Created by extension: ${extensionId}`;
  };
  try {
    return await build.apply({
      path,
      dockerfile: parsed,
      context,
      name: `extension '${extensionId}' (${kind})`,
      buildArgs: { ...given, ...buildArgs },
      layerCreatedBy,
    });
  } catch (error) {
    signal?.throwIfAborted();
    throw new LifecycleError('extend', `Extension '${extensionId}' failed.\n${messageOf(error)}`, {
      cause: error,
    });
  }
}

/** A name by digest for an image that is in no registry: that of its config, which is an image's id. */
function imageName({ config }: Image): string {
  return `base@${digestOf(JSON.stringify(config))}`;
}

/** The directories of the platform, which are no part of the image, as paths inside the root filesystem. */
function ignoredPaths(options: ExtensionOptions & { output?: string }, rootfs: string): string[] {
  const { app, layers, platform, kanikoDir, output = layers } = options;
  return [app, layers, platform, kanikoDir, output].map((path) => {
    const inside = relative(rootfs, path);
    return inside === '' || inside.startsWith('..') ? path : `/${inside}`;
  });
}

/** An instruction without its line breaks, the way the reference's history shows it. */
function inOneLine(source: string): string {
  return source.replace(/[\\`][ \t]*\r?\n(?:[ \t]*#.*\r?\n)*/g, '').trim();
}
