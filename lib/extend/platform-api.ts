// The Platform API version that a platform speaks with us, and the Buildpack API versions of extensions.
import { LifecycleError } from './lifecycle-error.js';

/** Those in which the extender exists. */
export const platformApis = ['0.10', '0.11', '0.12', '0.13', '0.14', '0.15'] as const;
export type PlatformApi = (typeof platformApis)[number];

const buildpackApis = ['0.7', '0.8', '0.9', '0.10', '0.11', '0.12'];

/**
 * Checks the version that CNB_PLATFORM_API asks for.
 * @throws LifecycleError (`platformApi`) where there is none, or none that we know.
 */
export function checkPlatformApi(requested: string | undefined): PlatformApi {
  const known = `this extender knows ${platformApis[0]} to ${platformApis.at(-1)}`;
  if (!requested?.trim()) {
    throw new LifecycleError(
      'platformApi',
      `CNB_PLATFORM_API is not set: set it to a Platform API version; ${known}.`,
    );
  }
  const version = normalised(requested);
  const api = platformApis.find((candidate) => candidate === version);
  if (!api) {
    throw new LifecycleError(
      'platformApi',
      `CNB_PLATFORM_API asks for Platform API '${requested}', but ${known}.`,
    );
  }
  return api;
}

/** Whether a Platform API version is another or later. */
export function atLeast(api: PlatformApi, other: PlatformApi): boolean {
  return platformApis.indexOf(api) >= platformApis.indexOf(other);
}

/** Whether the lifecycle knows the Buildpack API version that an extension is written for. */
export function knowsBuildpackApi(requested: string): boolean {
  return buildpackApis.includes(normalised(requested) ?? '');
}

/** `0.12` for what the lifecycle also takes: `v0.12`, `0.012`; undefined where it is no version. */
function normalised(requested: string): string | undefined {
  const match = /^v?(\d+)\.?(\d*)$/.exec(requested);
  return match ? `${Number(match[1])}.${Number(match[2])}` : undefined;
}
