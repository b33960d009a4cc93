// The library: what a lifecycle implementation imports.

export type { CacheOptions } from './cache/layer-cache.js';
export { inspectRunDockerfile, type RunDockerfileEffect } from './dockerfile/inspect-run-dockerfile.js';
export * from './dockerfile/instruction.js';
export { type LintFinding, type LintOptions, lintDockerfile } from './dockerfile/lint.js';
export type { DockerfileKind, LintLevel } from './dockerfile/lint-rules.js';
export { parseDockerfile } from './dockerfile/parse.js';
export { DockerfileError, type Problem } from './dockerfile/problem.js';
export {
  type AppliedDockerfile,
  type ApplyDockerfileOptions,
  applyDockerfile,
} from './extend/apply-dockerfile.js';
export type { AppliedExtensions, ExtensionOptions } from './extend/apply-extensions.js';
export {
  type Build,
  type BuildOptions,
  type BuiltLayer,
  type DockerfileInput,
  startBuild,
} from './extend/build.js';
export { dropPrivileges } from './extend/drop-privileges.js';
export { type ExtendedBuildImage, extendBuildImage } from './extend/extend-build-image.js';
export { type ExtendedRunImage, extendRunImage } from './extend/extend-run-image.js';
export { type ExtenderInputs, resolveInputs } from './extend/inputs.js';
export { type FailureKind, LifecycleError } from './extend/lifecycle-error.js';
export { ownTree } from './extend/own-tree.js';
export type { PlatformApi } from './extend/platform-api.js';
export type { Layering } from './extend/segments.js';
export type * from './image/config.js';
export type { Image } from './image/image.js';
export type * from './image/manifest.js';
export { InstructionError } from './interpreter/instruction-error.js';
export type { Secret } from './interpreter/session.js';
export { applyLayer } from './layer/apply-layer.js';
export type { Compression, Layer } from './layer/layer.js';
export type { LayerFile } from './layer/verify-layer.js';
export { type WriteLayerOptions, writeLayer } from './layer/write-layer.js';
export { restoreLayers } from './layout/restore-layers.js';
export type { BuildEvent, OnEvent } from './report/events.js';
export type { Logger } from './report/logger.js';
export { UsageError } from './report/usage-error.js';
export type { Change } from './snapshot/change.js';
export { type DiffOptions, diffSnapshots } from './snapshot/diff-snapshots.js';
export type { Snapshot } from './snapshot/snapshot.js';
export { type SnapshotOptions, takeSnapshot } from './snapshot/take-snapshot.js';
