// The flags of instructions: which there are, and reading those given.
import type { GivenFlag } from './command-line.js';
import type { Keyword } from './instruction.js';
import { Refusal } from './refusal.js';
import { didYouMean } from './suggest.js';

/** `switch` is true or false, `value` needs `=value`, `list` may be repeated. */
type FlagKind = 'switch' | 'value' | 'list';

const TRANSFER = { chown: 'value', chmod: 'value', link: 'switch', exclude: 'list' } as const;

const FLAGS = {
  FROM: { platform: 'value' },
  RUN: { mount: 'list', network: 'value', security: 'value', device: 'list' },
  COPY: { ...TRANSFER, from: 'value', parents: 'switch' },
  ADD: { ...TRANSFER, checksum: 'value', 'keep-git-dir': 'switch', unpack: 'switch' },
  HEALTHCHECK: {
    interval: 'value',
    timeout: 'value',
    'start-period': 'value',
    'start-interval': 'value',
    retries: 'value',
  },
} satisfies Partial<Record<Keyword, Record<string, FlagKind>>>;

/** The flags given to one instruction. */
export interface Flags {
  value(name: string): string | undefined;
  list(name: string): string[];
  /** Undefined where the flag was not given. */
  switch(name: string): boolean | undefined;
  /** Where the flag stands in its logical line; for a list, its n-th. */
  offset(name: string, index?: number): number | undefined;
}

/**
 * Checks the flags of one instruction against those it has.
 *
 * @throws Refusal for an unknown flag, one given twice, one without its value, or a switch that is neither
 * true nor false
 */
export function readFlags(keyword: Keyword, given: readonly GivenFlag[]): Flags {
  const known: Record<string, FlagKind> = keyword in FLAGS ? FLAGS[keyword as keyof typeof FLAGS] : {};
  const found = new Map<string, { values: string[]; offsets: number[] }>();
  for (const flag of given) {
    const value = checkFlag(keyword, known, flag);
    const entry = found.get(flag.name);
    if (!entry) found.set(flag.name, { values: [value], offsets: [flag.offset] });
    else if (known[flag.name] !== 'list') {
      throw new Refusal(`--${flag.name} is given a second time; keep one`, flag.offset);
    } else {
      entry.values.push(value);
      entry.offsets.push(flag.offset);
    }
  }
  return {
    value: (name) => found.get(name)?.values[0],
    list: (name) => found.get(name)?.values ?? [],
    switch: (name) => {
      const value = found.get(name)?.values[0];
      return value === undefined ? undefined : value === 'true';
    },
    offset: (name, index = 0) => found.get(name)?.offsets[index],
  };
}

/** The flag's value; `true` or `false` for a switch. */
function checkFlag(keyword: Keyword, known: Record<string, FlagKind>, flag: GivenFlag): string {
  const { name, value, offset, unterminated } = flag;
  const refuse = (message: string) => new Refusal(message, offset);
  if (!Object.hasOwn(known, name)) {
    const names = Object.keys(known).map((flagName) => `--${flagName}`);
    const choice = names.length > 0 ? `; it has ${names.join(', ')}` : ', which takes no flags';
    throw refuse(`--${name} is no flag of ${keyword}${didYouMean(`--${name}`, names)}${choice}`);
  }
  if (unterminated) throw refuse(`a quote in --${name} is never closed`);
  if (known[name] !== 'switch') {
    if (value === undefined) throw refuse(`--${name} needs a value: write --${name}=VALUE`);
    return value;
  }
  const written = value?.toLowerCase() ?? 'true';
  if (written !== 'true' && written !== 'false') {
    throw refuse(`--${name} is either true or false, not ${value === '' ? 'empty' : value}`);
  }
  return written;
}
