import { builderArguments, builderEnvironment } from '../../lib/extend/builder.js';
import { resolveInputs } from '../../lib/extend/inputs.js';

const inputs = (api: string, argv: string[] = []) =>
  resolveInputs({ argv, env: { CNB_PLATFORM_API: api }, cwd: '/' });

describe('the builder', () => {
  it('gets the inputs that we got, by the flags that its API version has', () => {
    expect(
      builderArguments(inputs('0.12', ['-layers', '/l', '-app=/a', '-log-level=debug', '-no-color'])),
    ).toEqual([
      ...['-analyzed', '/l/analyzed.toml', '-app', '/a', '-build-config', '/cnb/build-config'],
      ...[
        '-buildpacks',
        '/cnb/buildpacks',
        '-group',
        '/l/group.toml',
        '-layers',
        '/l',
        '-log-level',
        'debug',
      ],
      ...['-plan', '/l/plan.toml', '-platform', '/platform', '-no-color'],
    ]);
    expect(builderArguments(inputs('0.11'))).not.toContain('-analyzed');
    expect(builderArguments(inputs('0.11'))).toContain('-build-config');
    expect(builderArguments(inputs('0.10'))).not.toContain('-build-config');
  });

  it('sees the variables of the extended image over ours, whatever is in their values, and no credentials', () => {
    const config = {
      architecture: 'amd64',
      os: 'linux',
      config: { Env: ['PATH=/opt/bin:/bin', 'OPTS=-Da=b -Dc=d=e', 'EMPTY=', 'CNB_STACK_ID=new'] },
      rootfs: { type: 'layers' as const, diff_ids: [] },
    };
    const env = {
      PATH: '/bin',
      CNB_STACK_ID: 'old',
      CNB_PLATFORM_API: '0.15',
      CNB_REGISTRY_AUTH: '{"registry":"Basic secret"}',
      DOCKER_CONFIG: '/root/.docker',
    };
    expect(builderEnvironment({ inputs: inputs('0.15', ['-exec-env', 'test']), env, config })).toEqual({
      PATH: '/opt/bin:/bin',
      OPTS: '-Da=b -Dc=d=e',
      EMPTY: '',
      CNB_STACK_ID: 'new',
      CNB_PLATFORM_API: '0.15',
      CNB_EXEC_ENV: 'test',
    });
  });
});
