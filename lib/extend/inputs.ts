// What a platform tells the extender: one table of every flag and environment variable with its default.
// https://github.com/buildpacks/spec/blob/main/platform.md#extender-optional
import { resolve } from 'node:path';
import { parseBytes } from '../cache/bytes.js';
import { parseGoDuration } from '../dockerfile/duration.js';
import { parseFlags } from './go-flags.js';
import { LifecycleError } from './lifecycle-error.js';
import { atLeast, checkPlatformApi, type PlatformApi } from './platform-api.js';

/** One row of the table; `read` makes a value of a word, or nothing where the word is not `expected`. */
interface Input<Value> {
  env?: string;
  default?: string;
  /** The first Platform API version that has it; all have it where absent. */
  since?: PlatformApi;
  boolean?: true;
  expected: string;
  read(word: string): Value | undefined;
  about: string;
}

type Row = Pick<Input<unknown>, 'env' | 'default' | 'since' | 'about'>;

const path = (row: Row): Input<string> => ({ ...row, expected: 'a path', read: (word) => word });

const text = (row: Row): Input<string> => ({ ...row, expected: 'a word', read: (word) => word });

const oneOf = <const Words extends readonly string[]>(words: Words, row: Row): Input<Words[number]> => ({
  ...row,
  expected: words.join(', '),
  read: (word) => words.find((candidate) => candidate === word),
});

const id = (row: Row): Input<number> => ({
  ...row,
  expected: 'a number from 0 to 4294967294',
  read: (word) => (/^\d+$/.test(word) && Number(word) < 0xffff_ffff ? Number(word) : undefined),
});

const duration = (row: Row): Input<number> => ({
  ...row,
  expected: 'a Go duration such as 336h0m0s',
  read: (word) => {
    const nanoseconds = parseGoDuration(word);
    return nanoseconds === undefined ? undefined : nanoseconds / 1e6;
  },
});

const size = (row: Row): Input<number> => ({ ...row, expected: 'a size such as 10GB', read: parseBytes });

const flag = (row: Row): Input<boolean> => ({
  ...row,
  boolean: true,
  expected: 'true or false',
  read: (word) =>
    /^(1|t|T|TRUE|true|True)$/.test(word)
      ? true
      : /^(0|f|F|FALSE|false|False)$/.test(word)
        ? false
        : undefined,
});

const layersPlaceholder = '<layers>';

const table = {
  analyzed: path({ env: 'CNB_ANALYZED_PATH', default: '<layers>/analyzed.toml', about: 'analysis metadata' }),
  app: path({ env: 'CNB_APP_DIR', default: '/workspace', about: 'application directory' }),
  'build-config': path({
    env: 'CNB_BUILD_CONFIG_DIR',
    default: '/cnb/build-config',
    since: '0.11',
    about: 'build config directory',
  }),
  buildpacks: path({ env: 'CNB_BUILDPACKS_DIR', default: '/cnb/buildpacks', about: 'buildpacks directory' }),
  'exec-env': text({
    env: 'CNB_EXEC_ENV',
    default: 'production',
    since: '0.15',
    about: 'target execution environment',
  }),
  extended: path({
    env: 'CNB_EXTENDED_DIR',
    default: '<layers>/extended',
    since: '0.12',
    about: 'output directory for the extended run image',
  }),
  generated: path({
    env: 'CNB_GENERATED_DIR',
    default: '<layers>/generated',
    about: 'directory of what image extensions generated',
  }),
  gid: id({ env: 'CNB_GROUP_ID', about: "primary GID of the build image's user" }),
  group: path({ env: 'CNB_GROUP_PATH', default: '<layers>/group.toml', about: 'group definition' }),
  'kaniko-cache-ttl': duration({
    env: 'CNB_KANIKO_CACHE_TTL',
    default: '336h0m0s',
    about: 'how long cached layers live',
  }),
  'kaniko-dir': path({ default: '/kaniko', about: 'directory with the base image, cache/base/<digest>' }),
  kind: oneOf(['build', 'run'], {
    env: 'CNB_EXTEND_KIND',
    default: 'build',
    since: '0.12',
    about: 'image to extend: build or run',
  }),
  layers: path({ env: 'CNB_LAYERS_DIR', default: '/layers', about: 'layers directory' }),
  'log-level': oneOf(['debug', 'info', 'warn', 'error'], {
    env: 'CNB_LOG_LEVEL',
    default: 'info',
    about: 'debug, info, warn or error',
  }),
  'no-color': flag({ env: 'CNB_NO_COLOR', default: 'false', about: 'log without colour' }),
  plan: path({ env: 'CNB_PLAN_PATH', default: '<layers>/plan.toml', about: 'resolved build plan' }),
  platform: path({ env: 'CNB_PLATFORM_DIR', default: '/platform', about: 'platform directory' }),
  uid: id({ env: 'CNB_USER_ID', about: "UID of the build image's user" }),
  // From here on: what the reference does not have.
  builder: path({ default: '/cnb/lifecycle/builder', about: 'what runs the build phase after kind build' }),
  'cache-max-size': size({ about: 'of the cached layers; those used longest ago go' }),
  'cache-repo': text({ about: 'host/name of a registry repository that shares cached layers' }),
  compression: oneOf(['gzip', 'zstd', 'none'], { default: 'gzip', about: 'of layers: gzip, zstd or none' }),
  layering: oneOf(['extension', 'instruction'], {
    default: 'extension',
    about: 'a layer an extension, or one an instruction',
  }),
  output: path({ about: 'kind build: keep the image as an OCI layout here and run no builder' }),
  report: path({ about: 'write a JSON report of instructions and phases' }),
} satisfies Record<string, Input<unknown>>;

type Table = typeof table;
type Name = keyof Table;
type CamelCase<Text extends string> = Text extends `${infer Head}-${infer Tail}`
  ? `${Head}${Capitalize<CamelCase<Tail>>}`
  : Text;
type ValueOf<Row> = Row extends Input<infer Value> ? Value : never;
type Optional = 'gid' | 'uid' | 'output' | 'report' | 'cache-max-size' | 'cache-repo';

/**
 * The inputs by the names of the specification, camel-cased (`kaniko-cache-ttl` is `kanikoCacheTtl`).
 * Paths are absolute, durations in milliseconds.
 */
export type ExtenderInputs = { [K in Exclude<Name, Optional> as CamelCase<K>]: ValueOf<Table[K]> } & {
  [K in Optional as CamelCase<K>]?: ValueOf<Table[K]>;
} & {
  platformApi: PlatformApi;
  /** Seconds since the epoch, from SOURCE_DATE_EPOCH. */
  sourceDateEpoch?: number;
};

/**
 * Resolves every input: a flag wins over its environment variable, which wins over the default.
 * Only the inputs of the platform's own API version are looked at. An empty variable counts as not set.
 * @param options.argv the words after the command's name.
 * @param options.cwd what relative paths are relative to; the process's own by default.
 * @throws LifecycleError (`platformApi`, `badArguments`).
 */
export function resolveInputs(options: {
  argv: readonly string[];
  env: NodeJS.ProcessEnv;
  cwd?: string;
}): ExtenderInputs {
  const { argv, env, cwd = process.cwd() } = options;
  const platformApi = checkPlatformApi(env.CNB_PLATFORM_API);
  const rows = Object.entries(table as Record<string, Input<unknown>>);
  const flags = parseFlags(argv, (name) => {
    const row = rows.find(([key]) => key === name)?.[1];
    if (row?.since && !atLeast(platformApi, row.since)) {
      throw new LifecycleError(
        'badArguments',
        `Flag -${name} exists from Platform API ${row.since} on, but CNB_PLATFORM_API is ${platformApi}.`,
      );
    }
    return row && (row.boolean ? 'boolean' : 'value');
  });
  const inputs: Record<string, unknown> = { platformApi };
  for (const [name, row] of rows) {
    const known = !row.since || atLeast(platformApi, row.since);
    const variable = known && row.env ? env[row.env] || undefined : undefined;
    const word = flags.get(name) ?? variable ?? row.default;
    if (word === undefined) continue;
    const value = word === '' ? undefined : row.read(word);
    if (value === undefined) {
      const source = flags.has(name) ? `Flag -${name}` : `Environment variable ${row.env}`;
      throw new LifecycleError('badArguments', `${source} is '${word}', but must be ${row.expected}.`);
    }
    inputs[camelCase(name)] = value;
  }
  const layers = resolve(cwd, inputs.layers as string);
  for (const [name, row] of rows) {
    const value = inputs[camelCase(name)];
    if (row.expected !== 'a path' || value === undefined) continue;
    inputs[camelCase(name)] = resolve(
      cwd,
      String(value).replace(layersPlaceholder, () => layers),
    );
  }
  const sourceDateEpoch = readEpoch(env.SOURCE_DATE_EPOCH);
  if (sourceDateEpoch !== undefined) inputs.sourceDateEpoch = sourceDateEpoch;
  return inputs as unknown as ExtenderInputs;
}

/** The table for people, one line an input. */
export function describeInputs(): string {
  const rows = Object.entries(table as Record<string, Input<unknown>>);
  const lines = rows.map(([name, row]) => {
    const notes = [
      row.env,
      row.default && `default ${row.default}`,
      row.since && `from Platform API ${row.since}`,
    ].filter(Boolean);
    return `  -${name.padEnd(18)}${row.about}${notes.length ? ` (${notes.join(', ')})` : ''}`;
  });
  return `Usage: extender [flags]\n\n${lines.join('\n')}\n`;
}

function readEpoch(word: string | undefined): number | undefined {
  if (!word) return undefined;
  if (/^\d{1,12}$/.test(word)) return Number(word);
  throw new LifecycleError(
    'badArguments',
    `Environment variable SOURCE_DATE_EPOCH is '${word}', but must be a number of seconds since 1970.`,
  );
}

function camelCase(name: string): string {
  return name.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());
}
