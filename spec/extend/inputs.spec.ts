import { describeInputs, resolveInputs } from '../../lib/extend/inputs.js';
import { failureOf } from './support/folder.js';

const inputs = (argv: string[], env: NodeJS.ProcessEnv = {}, api = '0.15') =>
  resolveInputs({ argv, env: { CNB_PLATFORM_API: api, ...env }, cwd: '/cwd' });

describe('the inputs', () => {
  it('default to those of the specification', () => {
    expect(inputs([])).toEqual({
      platformApi: '0.15',
      analyzed: '/layers/analyzed.toml',
      app: '/workspace',
      buildConfig: '/cnb/build-config',
      buildpacks: '/cnb/buildpacks',
      execEnv: 'production',
      extended: '/layers/extended',
      generated: '/layers/generated',
      group: '/layers/group.toml',
      kanikoCacheTtl: 14 * 24 * 3600 * 1000,
      kanikoDir: '/kaniko',
      kind: 'build',
      layers: '/layers',
      logLevel: 'info',
      noColor: false,
      plan: '/layers/plan.toml',
      platform: '/platform',
      builder: '/cnb/lifecycle/builder',
      compression: 'gzip',
      layering: 'extension',
    });
  });

  it.each([
    ['analyzed', 'CNB_ANALYZED_PATH', 'analyzed', '/a.toml', '/a.toml'],
    ['app', 'CNB_APP_DIR', 'app', 'src', '/cwd/src'],
    ['build-config', 'CNB_BUILD_CONFIG_DIR', 'buildConfig', '/bc', '/bc'],
    ['buildpacks', 'CNB_BUILDPACKS_DIR', 'buildpacks', '/bp', '/bp'],
    ['exec-env', 'CNB_EXEC_ENV', 'execEnv', 'test', 'test'],
    ['extended', 'CNB_EXTENDED_DIR', 'extended', '/e', '/e'],
    ['generated', 'CNB_GENERATED_DIR', 'generated', '/g', '/g'],
    ['gid', 'CNB_GROUP_ID', 'gid', '1000', 1000],
    ['group', 'CNB_GROUP_PATH', 'group', '/group.toml', '/group.toml'],
    ['kaniko-cache-ttl', 'CNB_KANIKO_CACHE_TTL', 'kanikoCacheTtl', '1h30m0.5s', 5_400_500],
    ['kind', 'CNB_EXTEND_KIND', 'kind', 'run', 'run'],
    ['layers', 'CNB_LAYERS_DIR', 'layers', '/l', '/l'],
    ['log-level', 'CNB_LOG_LEVEL', 'logLevel', 'debug', 'debug'],
    ['plan', 'CNB_PLAN_PATH', 'plan', '/p.toml', '/p.toml'],
    ['platform', 'CNB_PLATFORM_DIR', 'platform', '/plat', '/plat'],
    ['uid', 'CNB_USER_ID', 'uid', '1234', 1234],
  ])('-%s and %s are read, and the flag wins', (flag, variable, name, word, value) => {
    const env = { [variable]: word };
    const other = typeof value === 'number' ? '7h'.slice(0, flag.endsWith('id') ? 1 : 2) : word;
    expect(inputs([], env)).toMatchObject({ [name]: value });
    for (const argv of [
      [`-${flag}`, word],
      [`--${flag}`, word],
      [`-${flag}=${word}`],
      [`--${flag}=${word}`],
    ]) {
      expect(inputs(argv, { [variable]: other })).toMatchObject({ [name]: value });
    }
  });

  it('follow the layers directory where they were not given', () => {
    expect(inputs(['-layers', 'volume', '-plan', '/p'])).toMatchObject({
      analyzed: '/cwd/volume/analyzed.toml',
      extended: '/cwd/volume/extended',
      generated: '/cwd/volume/generated',
      group: '/cwd/volume/group.toml',
      plan: '/p',
    });
  });

  it('take ours, the kaniko directory, and values that begin with a dash', () => {
    expect(
      inputs([
        '-layering=instruction',
        '-compression',
        'none',
        '-report',
        'r',
        '-builder',
        '-b',
        '-output',
        'o',
        '-kaniko-dir',
        '/k',
        '-no-color',
      ]),
    ).toMatchObject({
      layering: 'instruction',
      compression: 'none',
      report: '/cwd/r',
      builder: '/cwd/-b',
      output: '/cwd/o',
      kanikoDir: '/k',
      noColor: true,
    });
    expect(inputs(['-no-color=false'], { CNB_NO_COLOR: '1' }).noColor).toBe(false);
    expect(inputs([], { SOURCE_DATE_EPOCH: '1700000000' }).sourceDateEpoch).toBe(1_700_000_000);
  });

  it('count an empty variable as not set', () => {
    expect(inputs([], { CNB_APP_DIR: '', CNB_USER_ID: '' })).toMatchObject({ app: '/workspace' });
  });

  it.each([
    [['-unknown'], {}, 'Unknown flag -unknown'],
    [['-app'], {}, 'Flag -app needs a value'],
    [['word'], {}, "Unexpected argument 'word'"],
    [['--', 'word'], {}, "Unexpected argument '--'"],
    [['-'], {}, "Unexpected argument '-'"],
    [['-no-color', 'true'], {}, "Unexpected argument 'true'"],
    [['-no-color=maybe'], {}, 'Flag -no-color'],
    [['-kind', 'both'], {}, "Flag -kind is 'both', but must be build, run."],
    [['-uid', 'cnb'], {}, 'Flag -uid'],
    [['-gid=-1'], {}, 'Flag -gid'],
    [['-app='], {}, 'Flag -app'],
    [['-log-level', 'loud'], {}, 'Flag -log-level'],
    [['-kaniko-cache-ttl', '2 weeks'], {}, 'Flag -kaniko-cache-ttl'],
    [['-compression', 'xz'], {}, 'Flag -compression'],
    [['-layering', 'stage'], {}, 'Flag -layering'],
    [[], { CNB_USER_ID: 'cnb' }, 'Environment variable CNB_USER_ID'],
    [[], { CNB_KANIKO_CACHE_TTL: '14d' }, 'Environment variable CNB_KANIKO_CACHE_TTL'],
    [[], { CNB_EXTEND_KIND: 'x' }, 'Environment variable CNB_EXTEND_KIND'],
    [[], { SOURCE_DATE_EPOCH: 'now' }, 'SOURCE_DATE_EPOCH'],
  ])('%j with %j exit 3', async (argv, env, sentence) => {
    const failure = await failureOf(() => inputs(argv, env));
    expect(failure.exitCode).toBe(3);
    expect(failure.message).toContain(sentence);
  });

  it('are those of the API version asked for', async () => {
    for (const flag of ['-kind=run', '-extended=/e', '-build-config=/b']) {
      const failure = await failureOf(() => inputs([flag], {}, '0.10'));
      expect(failure).toMatchObject({
        exitCode: 3,
        message: expect.stringContaining('exists from Platform API'),
      });
    }
    expect((await failureOf(() => inputs(['-exec-env', 'test'], {}, '0.14'))).exitCode).toBe(3);
    expect(inputs([], { CNB_EXTEND_KIND: 'run' }, '0.11').kind).toBe('build');
    expect((await failureOf(() => inputs(['-bad'], {}, '0.9'))).exitCode).toBe(11);
  });

  it('are described, each with its variable and default', () => {
    expect(describeInputs()).toMatch(/-kaniko-cache-ttl .*CNB_KANIKO_CACHE_TTL, default 336h0m0s/);
  });
});
