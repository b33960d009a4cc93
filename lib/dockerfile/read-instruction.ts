// One logical line becomes one typed instruction, its words still raw.
import { readKeyValues, splitAtBlanks, splitFirst, splitQuoted, type Word } from './arguments.js';
import { splitCommand } from './command-line.js';
import { parseGoDuration } from './duration.js';
import { type Flags, readFlags } from './flags.js';
import { parseHeredocStart } from './heredoc.js';
import type { Command, EscapeCharacter, Heredoc, Instruction, Keyword, SourceRange } from './instruction.js';
import { parseStringArray } from './json-form.js';
import type { LogicalLine } from './lines.js';
import { Refusal } from './refusal.js';
import { didYouMean } from './suggest.js';

/** What a reader of one keyword works on. Offsets in a Refusal count from the start of `rest`. */
interface Reading {
  keyword: Keyword;
  /** The arguments behind the flags. */
  rest: string;
  flags: Flags;
  line: LogicalLine;
  escapeCharacter: EscapeCharacter;
}

/** The parts of an instruction that its keyword decides. */
type Parts<K extends Keyword> = Omit<Extract<Instruction, { keyword: K }>, 'keyword' | 'range' | 'source'>;

const READERS: { [K in Keyword]: (reading: Reading) => Parts<K> } = {
  FROM: readFrom,
  ARG: readArg,
  ENV: ({ keyword, rest, escapeCharacter }) => ({ variables: readKeyValues(keyword, rest, escapeCharacter) }),
  LABEL: ({ keyword, rest, escapeCharacter }) => ({ labels: readKeyValues(keyword, rest, escapeCharacter) }),
  RUN: readRun,
  COPY: (reading) => ({ ...readTransfer(reading), ...given('from', reading.flags.value('from')) }),
  ADD: readAdd,
  CMD: (reading) => ({ command: readCommand(reading) }),
  ENTRYPOINT: (reading) => ({ command: readCommand(reading) }),
  HEALTHCHECK: readHealthcheck,
  SHELL: readShell,
  WORKDIR: (reading) => ({ path: readWhole(reading) }),
  USER: (reading) => ({ user: readWhole(reading) }),
  STOPSIGNAL: (reading) => ({ signal: readWhole(reading) }),
  MAINTAINER: (reading) => ({ name: readWhole(reading) }),
  EXPOSE: (reading) => ({ ports: someWords(reading, splitAtBlanks(reading.rest)).map((word) => word.text) }),
  VOLUME: (reading) => ({ paths: readList(reading).map((word) => nonEmpty(word, 'VOLUME')) }),
  ONBUILD: readOnbuild,
};

/** The keywords of all instructions. */
export const KEYWORDS = Object.keys(READERS) as Keyword[];

/**
 * Reads one logical line.
 *
 * @throws Refusal, with an offset into the logical line, for whatever cannot be understood
 */
export function readInstruction(line: LogicalLine, escapeCharacter: EscapeCharacter): Instruction {
  const { keyword, writtenKeyword, flags, rest, restOffset } = line.command;
  if (!isKeyword(keyword)) {
    throw new Refusal(`there is no instruction ${writtenKeyword}${didYouMean(keyword, KEYWORDS)}`, 0);
  }
  const reading = { keyword, rest, flags: readFlags(keyword, flags), line, escapeCharacter };
  try {
    const parts = READERS[keyword](reading);
    return { keyword, range: rangeOf(line), source: line.source, ...parts } as Instruction;
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    const offset = error.offset === undefined ? 0 : error.offset + restOffset;
    throw new Refusal(error.message, offset);
  }
}

/** Whether a word in capitals is the keyword of an instruction. */
export function isKeyword(word: string): word is Keyword {
  return Object.hasOwn(READERS, word);
}

/** Where the instruction stands with its heredocs. */
export function rangeOf({ range, heredocs }: LogicalLine): SourceRange {
  return { start: range.start, end: heredocs.at(-1)?.range.end ?? range.end };
}

function readFrom({ rest, flags }: Reading): Parts<'FROM'> {
  const [image, as, stage, ...more] = splitAtBlanks(rest);
  if (!image) throw new Refusal('FROM needs the name of an image');
  const platform = given('platform', flags.value('platform'));
  if (!as) return { image: image.text, ...platform };
  if (as.text.toUpperCase() !== 'AS' || !stage || more.length > 0) {
    throw new Refusal('FROM takes one image, and at most AS and a name behind it', as.offset);
  }
  const name = stage.text.toLowerCase();
  if (!/^[a-z][a-z0-9-_.]*$/.test(name)) {
    throw new Refusal(
      `${stage.text} cannot name a stage: begin with a letter, then letters, digits, - _ .`,
      stage.offset,
    );
  }
  return { image: image.text, stage: name, ...platform };
}

function readArg(reading: Reading): Parts<'ARG'> {
  const words = someWords(reading, splitQuoted(reading.rest, reading.escapeCharacter));
  return {
    args: words.map(({ text, offset }) => {
      const equals = text.indexOf('=');
      if (equals === 0) throw new Refusal('ARG needs a name before the =', offset);
      return equals < 0 ? { name: text } : { name: text.slice(0, equals), value: text.slice(equals + 1) };
    }),
  };
}

function readRun(reading: Reading): Parts<'RUN'> {
  const { flags, line } = reading;
  const network = flags.value('network') ?? 'default';
  if (network !== 'default' && network !== 'none' && network !== 'host') {
    const modes = ['default', 'none', 'host'];
    throw flagRefusal(
      reading,
      'network',
      `--network is default, none or host, not ${network}${didYouMean(network, modes)}`,
    );
  }
  const security = flags.value('security') ?? 'sandbox';
  if (security !== 'sandbox') {
    const reason =
      security === 'insecure'
        ? 'insecure would give the command more rights than the container has; leave it out'
        : `only sandbox is known, not ${security}`;
    throw flagRefusal(reading, 'security', `--security: ${reason}`);
  }
  if (flags.list('device').length > 0) {
    throw flagRefusal(
      reading,
      'device',
      '--device is not supported: no device can be added to a container from inside',
    );
  }
  const command = readCommand(reading);
  return {
    command,
    heredocs: line.heredocs,
    heredocAlone: line.heredocs.length > 0 && parseHeredocStart(reading.rest) !== undefined,
    mounts: flags.list('mount'),
    ...(flags.value('network') !== undefined && { network }),
  };
}

function readCommand({ keyword, rest }: Reading): Command {
  if (rest === '') throw new Refusal(`${keyword} needs a command`);
  const argv = stringArray(rest);
  if (!argv) return { form: 'shell', line: rest };
  if (argv.length === 0 && keyword === 'RUN') throw new Refusal('RUN needs a command, not an empty array', 0);
  return { form: 'exec', argv };
}

function readTransfer(reading: Reading) {
  const { keyword, rest, flags, line } = reading;
  const words = readList(reading);
  const destination = words.pop()?.text;
  if (destination === undefined || words.length === 0) {
    const has = destination === undefined ? '' : `, and ${destination} is all there is`;
    throw new Refusal(`${keyword} needs a source and a destination${has}`);
  }
  if (parseHeredocStart(destination)) {
    throw new Refusal(`${keyword} needs a destination behind its heredocs`, rest.lastIndexOf(destination));
  }
  const bodies = new Map(line.heredocs.map((heredoc) => [heredoc.name, heredoc]));
  const sources: string[] = [];
  const heredocs: Heredoc[] = [];
  for (const { text, offset } of words) {
    const start = parseHeredocStart(text);
    if (!start) {
      sources.push(text);
      continue;
    }
    const heredoc = bodies.get(start.name);
    // The words of the line could not be read as a shell would, so no body was set aside.
    if (!heredoc)
      throw new Refusal(`the heredoc ${text} cannot be read: a quote on this line is never closed`, offset);
    heredocs.push({ ...heredoc, expand: start.expand });
  }
  return {
    sources,
    destination,
    heredocs,
    ...(line.command.flags.length > 0 && {
      ...given('chown', flags.value('chown')),
      ...given('chmod', flags.value('chmod')),
    }),
    link: flags.switch('link') ?? false,
    parents: flags.switch('parents') ?? false,
    excludes: flags.list('exclude'),
  };
}

function readAdd(reading: Reading): Parts<'ADD'> {
  const { flags } = reading;
  return {
    ...readTransfer(reading),
    ...given('checksum', flags.value('checksum')),
    keepGitDir: flags.switch('keep-git-dir') ?? false,
    ...given('unpack', flags.switch('unpack')),
  };
}

function readHealthcheck(reading: Reading): Parts<'HEALTHCHECK'> {
  const { rest, flags } = reading;
  const { first, rest: command, restOffset } = splitFirst(rest);
  const type = first.toUpperCase();
  if (type === '') throw new Refusal('HEALTHCHECK needs CMD and a command, or NONE');
  if (type === 'NONE') {
    if (command !== '') throw new Refusal('HEALTHCHECK NONE takes no arguments', restOffset);
    return { check: 'none' };
  }
  if (type !== 'CMD') {
    throw new Refusal(`HEALTHCHECK takes CMD or NONE, not ${first}${didYouMean(first, ['CMD', 'NONE'])}`, 0);
  }
  const argv = command === '' ? [] : stringArray(command);
  if (argv?.length === 0) throw new Refusal('HEALTHCHECK CMD needs a command', 0);
  const retries = flags.value('retries');
  return {
    check: argv ? { form: 'exec', argv } : { form: 'shell', line: command },
    ...given('interval', readInterval(reading, 'interval')),
    ...given('timeout', readInterval(reading, 'timeout')),
    ...given('startPeriod', readInterval(reading, 'start-period')),
    ...given('startInterval', readInterval(reading, 'start-interval')),
    ...given('retries', retries ? readRetries(reading, retries) : undefined),
  };
}

/** Docker takes no interval between zero, which means its default, and a millisecond. */
function readInterval(reading: Reading, name: string): string | undefined {
  const value = reading.flags.value(name);
  if (!value) return undefined;
  const nanoseconds = parseGoDuration(value);
  if (nanoseconds === undefined) {
    throw flagRefusal(reading, name, `--${name} takes a duration like 1m30s or 500ms, not ${value}`);
  }
  if (nanoseconds !== 0 && nanoseconds < 1e6) {
    throw flagRefusal(reading, name, `--${name} cannot be less than a millisecond, and ${value} is`);
  }
  return value;
}

function readRetries(reading: Reading, value: string): number {
  const retries = /^\+?\d+$/.test(value) ? Number(value) : Number.NaN;
  if (retries <= 0x7fff_ffff) return retries;
  throw flagRefusal(reading, 'retries', `--retries takes a whole number that is not negative, not ${value}`);
}

function readShell({ rest }: Reading): Parts<'SHELL'> {
  const shell = stringArray(rest);
  if (!shell || shell.length === 0) {
    throw new Refusal(
      'SHELL needs a JSON array, e.g. SHELL ["/bin/bash", "-c"]',
      rest === '' ? undefined : 0,
    );
  }
  return { shell };
}

function readOnbuild(reading: Reading): Parts<'ONBUILD'> {
  const { rest, line, escapeCharacter } = reading;
  if (rest === '') throw new Refusal('ONBUILD needs an instruction');
  const command = splitCommand(rest, escapeCharacter);
  if (command.keyword === 'ONBUILD') throw new Refusal('ONBUILD cannot trigger another ONBUILD', 0);
  if (command.keyword === 'FROM' || command.keyword === 'MAINTAINER') {
    throw new Refusal(`ONBUILD cannot trigger ${command.keyword}`, 0);
  }
  readInstruction({ ...line, text: rest, command }, escapeCharacter);
  // Docker keeps the blanks at the end.
  const trigger = line.text.replace(/^[\t\n\f\r ]*ONBUILD[\t\n\f\r ]*/i, '');
  return { trigger: [trigger, ...line.heredocs.map((heredoc) => heredoc.source)].join('\n') };
}

/** The whole rest as one word. */
function readWhole({ keyword, rest }: Reading): string {
  if (rest === '') throw new Refusal(`${keyword} needs an argument`);
  return rest;
}

/** A JSON array, or words between blanks. */
function readList(reading: Reading): Word[] {
  const array = stringArray(reading.rest)?.map((text) => ({ text, offset: 0 }));
  return someWords(reading, array ?? splitAtBlanks(reading.rest));
}

function someWords({ keyword }: Reading, words: Word[]): Word[] {
  if (words.length === 0) throw new Refusal(`${keyword} needs at least one argument`);
  return words;
}

function nonEmpty({ text, offset }: Word, keyword: Keyword): string {
  if (text.trim() === '') throw new Refusal(`${keyword} cannot take an empty word`, offset);
  return text.trim();
}

function stringArray(text: string): string[] | undefined {
  const array = parseStringArray(text);
  if (array === 'mixed') throw new Refusal('the JSON array may hold strings only', 0);
  return array;
}

/** The offset of flags counts from the start of the line, that of other refusals from the rest. */
function flagRefusal({ flags, line }: Reading, name: string, message: string): Refusal {
  return new Refusal(message, (flags.offset(name) ?? 0) - line.command.restOffset);
}

/** A property that is left out where there is no value. */
function given<K extends string, V>(key: K, value: V | undefined): { [P in K]?: V } {
  return (value === undefined ? {} : { [key]: value }) as { [P in K]?: V };
}
