// The build phase that follows kind build: the lifecycle's builder with the inputs that we were given.
// https://github.com/buildpacks/spec/blob/main/platform.md#builder
import type { ImageConfig } from '../image/config.js';
import { imageEnvironment } from './image-environment.js';
import type { ExtenderInputs } from './inputs.js';
import { atLeast } from './platform-api.js';

/** The arguments of the builder: only flags that its Platform API version has. */
export function builderArguments(inputs: ExtenderInputs): string[] {
  const { platformApi } = inputs;
  const flags: Record<string, string | undefined> = {
    analyzed: atLeast(platformApi, '0.12') ? inputs.analyzed : undefined,
    app: inputs.app,
    'build-config': atLeast(platformApi, '0.11') ? inputs.buildConfig : undefined,
    buildpacks: inputs.buildpacks,
    group: inputs.group,
    layers: inputs.layers,
    'log-level': inputs.logLevel,
    plan: inputs.plan,
    platform: inputs.platform,
  };
  const given = Object.entries(flags).flatMap(([name, value]) =>
    value === undefined ? [] : [`-${name}`, value],
  );
  return inputs.noColor ? [...given, '-no-color'] : given;
}

/**
 * What the builder sees: our environment with the extended image's variables over it. Registry credentials stay
 * behind: the builder needs none, and buildpacks run as the same user could read them out of /proc.
 */
export function builderEnvironment(options: {
  inputs: ExtenderInputs;
  env: NodeJS.ProcessEnv;
  config: ImageConfig;
}): NodeJS.ProcessEnv {
  const { inputs, env, config } = options;
  const variables = { ...env, ...imageEnvironment(config) };
  if (atLeast(inputs.platformApi, '0.15')) variables.CNB_EXEC_ENV = inputs.execEnv;
  delete variables.CNB_REGISTRY_AUTH;
  delete variables.DOCKER_CONFIG;
  return variables;
}
