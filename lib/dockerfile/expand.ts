// Which words of which instruction expand: the table of BuildKit's dispatcher.
// https://docs.docker.com/reference/dockerfile/#environment-replacement
import type {
  AddInstruction,
  CopyInstruction,
  EscapeCharacter,
  Instruction,
  KeyValue,
} from './instruction.js';
import { Refusal } from './refusal.js';
import { expandRunMount } from './run-mount.js';
import { expandHeredoc, expandWord, expandWords, type Lookup } from './words.js';

/** Thrown out of expansion: the refusal, and the raw word in which it arose. */
export class WordRefusal extends Refusal {
  constructor(
    cause: Refusal,
    readonly word: string,
  ) {
    super(cause.message, cause.offset);
  }
}

/**
 * The instruction with its words expanded. What a shell or another build will read stays as written: RUN,
 * CMD, ENTRYPOINT, HEALTHCHECK, SHELL, ONBUILD; so do `--exclude` and `--from`.
 *
 * @throws WordRefusal
 */
export function expandInstruction<I extends Instruction>(
  instruction: I,
  lookup: Lookup,
  escapeCharacter: EscapeCharacter,
): I;
export function expandInstruction(
  instruction: Instruction,
  lookup: Lookup,
  escapeCharacter: EscapeCharacter,
): Instruction {
  const expand = (word: string) => inWord(word, () => expandWord({ word, lookup, escape: escapeCharacter }));
  const expandPair = ({ key, value }: KeyValue) => ({ key: expand(key), value: expand(value) });
  switch (instruction.keyword) {
    case 'FROM': {
      const { platform, ...rest } = instruction;
      return { ...rest, image: expand(rest.image), ...(platform && { platform: expand(platform) }) };
    }
    case 'ARG': {
      const args = instruction.args.map(({ name, value }) => ({
        name,
        ...(value !== undefined && { value: expand(value) }),
      }));
      return { ...instruction, args };
    }
    case 'ENV':
      return { ...instruction, variables: instruction.variables.map(expandPair) };
    case 'LABEL':
      return { ...instruction, labels: instruction.labels.map(expandPair) };
    case 'RUN':
      return {
        ...instruction,
        mounts: instruction.mounts.map((mount) => inWord(mount, () => expandRunMount(mount, expand))),
      };
    case 'COPY':
      return expandTransfer(instruction, lookup, expand);
    case 'ADD': {
      const { checksum, ...rest } = instruction;
      return expandTransfer({ ...rest, ...expandOptional('checksum', checksum, expand) }, lookup, expand);
    }
    case 'WORKDIR':
      return { ...instruction, path: expand(instruction.path) };
    case 'USER':
      return { ...instruction, user: expand(instruction.user) };
    case 'STOPSIGNAL':
      return { ...instruction, signal: expand(instruction.signal) };
    case 'VOLUME':
      return { ...instruction, paths: instruction.paths.map(expand) };
    case 'EXPOSE': {
      const words = (word: string) =>
        inWord(word, () => expandWords({ word, lookup, escape: escapeCharacter }));
      return { ...instruction, ports: instruction.ports.flatMap(words) };
    }
    default:
      return instruction;
  }
}

function expandTransfer<T extends CopyInstruction | AddInstruction>(
  transfer: T,
  lookup: Lookup,
  expand: (word: string) => string,
): T {
  const { chown, chmod, ...rest } = transfer;
  const heredocs = rest.heredocs.map((heredoc) => {
    const { content } = heredoc;
    if (!heredoc.expand) return heredoc;
    return { ...heredoc, content: inWord(content, () => expandHeredoc({ content, lookup })) };
  });
  return {
    ...rest,
    sources: rest.sources.map(expand),
    destination: expand(rest.destination),
    heredocs,
    ...expandOptional('chown', chown, expand),
    ...expandOptional('chmod', chmod, expand),
  } as T;
}

/** A flag whose value comes out empty counts as not given. */
function expandOptional(name: string, value: string | undefined, expand: (word: string) => string) {
  const expanded = value && expand(value);
  return expanded ? { [name]: expanded } : {};
}

function inWord<T>(word: string, compute: () => T): T {
  try {
    return compute();
  } catch (error) {
    if (error instanceof Refusal && !(error instanceof WordRefusal)) throw new WordRefusal(error, word);
    throw error;
  }
}
