// `RUN --mount=type=…`: what is there for one RUN only.
// https://docs.docker.com/reference/dockerfile/#run---mount
import { posix } from 'node:path';
import { joinFields, splitFields } from './csv.js';
import { Refusal } from './refusal.js';
import { didYouMean } from './suggest.js';

interface Mount<T extends string> {
  type: T;
  /** Where it appears; relative to WORKDIR, which an empty target means itself. */
  target: string;
}

/** Where the content of a mount comes from. */
interface Sourced {
  /** Below the build context, or below what `from` names; empty for its root. */
  source: string;
  /** A named build context. */
  from?: string;
  readOnly: boolean;
}

/** Owner and mode; what is absent is BuildKit's default for the type. */
interface Owned {
  mode?: number;
  uid?: number;
  gid?: number;
}

export interface BindMount extends Mount<'bind'>, Sourced {}

/** A folder that is kept from build to build. Made with mode 0755 and owner 0:0 where nothing is said. */
export interface CacheMount extends Mount<'cache'>, Sourced, Owned {
  id: string;
  sharing: 'shared' | 'private' | 'locked';
}

export interface TmpfsMount extends Mount<'tmpfs'> {
  readOnly: boolean;
  /** In bytes. */
  size?: number;
}

/** A secret as a file, a variable or both. Mode 0400 and owner 0:0 where nothing is said. */
export interface SecretMount extends Owned {
  type: 'secret';
  id: string;
  /** `/run/secrets/<base name of id>` unless given; absent where only `env` is wanted. */
  target?: string;
  /** The variable that holds it. */
  env?: string;
  /** Whether the RUN fails where the secret is missing. */
  required: boolean;
}

/** The socket of an SSH agent. Mode 0600 and owner 0:0 where nothing is said. */
export interface SshMount extends Owned {
  type: 'ssh';
  id: string;
  /** Where absent, `/run/buildkit/ssh_agent.N`, N counting the ssh mounts of the RUN from 0. */
  target?: string;
  required: boolean;
}

export type RunMount = BindMount | CacheMount | TmpfsMount | SecretMount | SshMount;

const TYPES = ['bind', 'cache', 'tmpfs', 'secret', 'ssh'] as const;
const SHARING = ['shared', 'private', 'locked'] as const;
type MountType = (typeof TYPES)[number];

/** Every option by every name it has. */
const OPTIONS: Record<string, string> = {
  type: 'type',
  from: 'from',
  source: 'source',
  src: 'source',
  target: 'target',
  dst: 'target',
  destination: 'target',
  readonly: 'readonly',
  ro: 'readonly',
  readwrite: 'readwrite',
  rw: 'readwrite',
  id: 'id',
  sharing: 'sharing',
  required: 'required',
  size: 'size',
  mode: 'mode',
  uid: 'uid',
  gid: 'gid',
  env: 'env',
};

/** Options that stand for `true` when they have no value. */
const SWITCHES = ['readonly', 'readwrite', 'required'];

/** Options that only some types have; BuildKit passes over the other options where they mean nothing. */
const OPTIONS_OF_TYPES: Record<string, readonly MountType[]> = {
  required: ['secret', 'ssh'],
  size: ['tmpfs'],
  sharing: ['cache'],
  mode: ['cache', 'secret', 'ssh'],
  uid: ['cache', 'secret', 'ssh'],
  gid: ['cache', 'secret', 'ssh'],
};

/**
 * Reads the value of one `--mount`.
 *
 * @param value e.g. `type=cache,target=/var/cache/apt,sharing=locked`, its variables expanded
 * @throws Refusal for an unknown type or option, a bad value, or options that do not go together
 */
export function parseRunMount({ value }: { value: string }): RunMount {
  const options = readOptions(value);
  const type = checkType(options.get('type') ?? 'bind');
  for (const option of options.keys()) {
    const types = OPTIONS_OF_TYPES[option];
    if (types && !types.includes(type)) {
      throw new Refusal(`${option} is an option of ${types.join(', ')} mounts, not of ${type} mounts`);
    }
  }
  const target = options.get('target') ?? '';
  switch (type) {
    case 'bind':
      checkNotRoot(target);
      return { type, target, ...readSource(options, true) };
    case 'cache':
      checkNotRoot(target);
      return {
        type,
        target,
        ...readSource(options, false),
        id: options.get('id') || posix.normalize(target).replace(/(?<=.)\/$/, ''),
        sharing: checkSharing(options.get('sharing') ?? 'shared'),
        ...readOwner(options),
      };
    case 'tmpfs':
      checkNotRoot(target);
      return { type, target, readOnly: isReadOnly(options, false), ...readSize(options) };
    case 'secret':
      return readSecret(options);
    case 'ssh':
      if (options.has('source')) throw new Refusal('an ssh mount has no source; say which agent with id');
      return {
        type,
        id: options.get('id') || 'default',
        ...(target !== '' && { target }),
        required: isTrue(options, 'required'),
        ...readOwner(options),
      };
  }
}

/**
 * The value of a `--mount` with each option's value expanded by itself, as a value again: what a variable
 * holds stays in its option, commas and all.
 */
export function expandRunMount(value: string, expand: (word: string) => string): string {
  const fields = splitFields(value).map((field) => {
    const equals = field.indexOf('=');
    return equals < 0 ? field : field.slice(0, equals + 1) + expand(field.slice(equals + 1));
  });
  return joinFields(fields);
}

/** The options by their first names; of one given twice the last counts. */
function readOptions(value: string): Map<string, string> {
  const options = new Map<string, string>();
  for (const field of splitFields(value)) {
    const [written = '', ...rest] = field.split('=');
    const key = written.toLowerCase();
    const option = Object.hasOwn(OPTIONS, key) ? OPTIONS[key]! : undefined;
    if (option === undefined) {
      const names = Object.keys(OPTIONS);
      throw new Refusal(`${written || 'nothing'} is no option of --mount${didYouMean(key, names)}`);
    }
    if (rest.length === 0 && !SWITCHES.includes(option)) {
      throw new Refusal(`the mount option ${written} needs a value: write ${written}=VALUE`);
    }
    const given = rest.length === 0 ? 'true' : rest.join('=');
    if (SWITCHES.includes(option)) checkBoolean(written, given);
    // `rw` and `ro` contradict each other, so the later takes the earlier's place.
    if (option === 'readwrite') options.set('readonly', String(!isTrueWord(given)));
    else options.set(option, given);
  }
  return options;
}

function checkType(written: string): MountType {
  const type = TYPES.find((candidate) => candidate === written.toLowerCase());
  if (!type)
    throw new Refusal(
      `there is no mount type ${written || '""'}${didYouMean(written, TYPES)}; there are ${TYPES.join(', ')}`,
    );
  return type;
}

function checkSharing(written: string): CacheMount['sharing'] {
  const sharing = SHARING.find((candidate) => candidate === written.toLowerCase());
  if (!sharing)
    throw new Refusal(
      `sharing is shared, private or locked, not ${written || '""'}${didYouMean(written, SHARING)}`,
    );
  return sharing;
}

function checkNotRoot(target: string): void {
  if (target !== '' && posix.normalize(target).replaceAll('/', '') === '') {
    throw new Refusal('nothing can be mounted on /; name a directory below it as target');
  }
}

function readSource(options: Map<string, string>, readOnlyByDefault: boolean): Sourced {
  const from = options.get('from');
  return {
    source: options.get('source') ?? '',
    ...(from && { from }),
    readOnly: isReadOnly(options, readOnlyByDefault),
  };
}

function readSecret(options: Map<string, string>): SecretMount {
  const [source, target, id] = [options.get('source'), options.get('target'), options.get('id')];
  if (options.get('from'))
    throw new Refusal('a secret mount has no from; the secret is given to the build by its id');
  if (source && id) throw new Refusal('a secret mount takes id or source, which mean the same, not both');
  const name = source || id || posix.basename(target ?? '');
  if (!name) throw new Refusal('a secret mount needs the id of a secret');
  const env = options.get('env');
  const place = target || (env === undefined ? `/run/secrets/${posix.basename(name)}` : undefined);
  return {
    type: 'secret',
    id: name,
    ...(place && { target: place }),
    ...(env !== undefined && { env }),
    required: isTrue(options, 'required'),
    ...readOwner(options),
  };
}

function readOwner(options: Map<string, string>): Owned {
  const owner: Owned = {};
  for (const [option, base] of [
    ['mode', 8],
    ['uid', 10],
    ['gid', 10],
  ] as const) {
    const written = options.get(option);
    if (written === undefined) continue;
    const digits = base === 8 ? /^[0-7]+$/ : /^[0-9]+$/;
    const number = digits.test(written) ? Number.parseInt(written, base) : Number.NaN;
    if (!(number <= 0xffff_ffff)) {
      const kind = base === 8 ? 'an octal number like 0750' : 'a number like 1000';
      throw new Refusal(`the mount option ${option} takes ${kind}, not ${written || '""'}`);
    }
    owner[option] = number;
  }
  return owner;
}

/** `64m`, `1.5GiB`: units are powers of 1024, written k, m, g, t, p with or without b or ib. */
function readSize(options: Map<string, string>): { size?: number } {
  const written = options.get('size');
  if (written === undefined) return {};
  const [, amount, unit = ''] = /^(\d+\.?\d*|\.\d+) ?(?:([kmgtp])(?:i?b)?|b)?$/i.exec(written) ?? [];
  if (amount === undefined)
    throw new Refusal(`the mount option size takes a size like 64m or 1g, not ${written || '""'}`);
  return { size: Math.trunc(Number(amount) * 1024 ** ' kmgtp'.indexOf(unit.toLowerCase() || ' ')) };
}

function isReadOnly(options: Map<string, string>, byDefault: boolean): boolean {
  return options.has('readonly') ? isTrue(options, 'readonly') : byDefault;
}

function isTrue(options: Map<string, string>, option: string): boolean {
  return isTrueWord(options.get(option) ?? 'false');
}

function isTrueWord(word: string): boolean {
  return ['1', 't', 'T', 'true', 'True', 'TRUE'].includes(word);
}

function checkBoolean(option: string, word: string): void {
  if (isTrueWord(word) || ['0', 'f', 'F', 'false', 'False', 'FALSE'].includes(word)) return;
  throw new Refusal(`the mount option ${option} is true or false, not ${word || '""'}`);
}
