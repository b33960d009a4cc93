// The key of a layer: a digest over everything that decides what the layer is, and nothing else. Never over the
// path of anything, where an instruction stands, a file's time, a secret's value.
import type { AddInstruction, CopyInstruction, Heredoc, RunInstruction } from '../dockerfile/instruction.js';
import { parseRunMount } from '../dockerfile/run-mount.js';
import { digestOf } from '../image/digest.js';
import { nextWorkingDir } from '../image/evolve.js';
import type { Digest } from '../image/manifest.js';
import { isHttpSource } from '../interpreter/add-http.js';
import { findSources, openContext, type SourceTree } from '../interpreter/context.js';
import { findParentsSources } from '../interpreter/copy-parents.js';
import { parseGitSource } from '../interpreter/git-source.js';
import type { Step } from '../interpreter/interpret.js';
import { compilePathPatterns } from '../interpreter/path-patterns.js';
import { runCommand } from '../interpreter/run-command.js';
import type { BuildSession } from '../interpreter/session.js';
import { absoluteDestination } from '../interpreter/transfer.js';
import type { FileDigests } from './file-digests.js';
import { describeSource, type SourceToDescribe } from './source-description.js';

/** To be raised whenever the same key would stand for another layer than before: it makes all older ones miss. */
export const keyFormat = 1;

/** One thing that decides what a layer is. */
export interface KeyPart {
  /** What it is, for people: `the variable PATH`. */
  name: string;
  /** The instruction that it belongs to, likewise: `RUN in line 4`. */
  of?: string;
  /** Over name and value. */
  digest: Digest;
}

export interface LayerKey {
  digest: Digest;
  /** In the order in which they are told when one of them differs. */
  parts: KeyPart[];
}

/** What decides a layer beside its instructions. */
export interface KeySurroundings {
  /** The image's platform. */
  platform: { os: string; architecture: string; variant?: string | undefined };
  /** What the build started from: the base image's config or the root filesystem itself. */
  base: Digest;
  /** The diffIDs of the layers that the build put on it. */
  layersBelow: readonly Digest[];
  /** How a layer is made: its compression, latest time and ignored paths. */
  manner: Readonly<Record<string, unknown>>;
}

/** Why a layer has no key. */
export class Uncacheable extends Error {
  override readonly name = 'Uncacheable';
}

/** A part without its digest. */
type Fact = [name: string, value: unknown];

/** Of a source with more files than this, only that something differs is told, not which. */
const mostFilesNamed = 1000;

/**
 * The key of the layer that some steps of a Dockerfile make.
 * @param options.steps those that change files.
 * @param options.digests remembers what files hold.
 * @throws Uncacheable where something decides that cannot be known beforehand; any other Error where a source
 *   cannot be read, as the step itself will throw.
 */
export async function layerKey(options: {
  steps: readonly Step[];
  session: BuildSession;
  surroundings: KeySurroundings;
  digests: FileDigests;
}): Promise<LayerKey> {
  const { steps, session, surroundings, digests } = options;
  const { platform, base, layersBelow, manner } = surroundings;
  const parts = [
    part(['the format of the cache', keyFormat]),
    part(['the platform', [platform.os, platform.architecture, platform.variant ?? '']]),
    part(['the base image', base]),
    part(['a layer below', layersBelow]),
    ...Object.entries(manner).map(part),
  ];
  for (const step of steps) {
    const of = `${step.instruction.keyword} in line ${step.instruction.range.start.line}`;
    for (const fact of await factsOf(step, session, digests)) parts.push({ ...part(fact), of });
  }
  return { digest: digestOf(JSON.stringify(parts.map(({ digest }) => digest))), parts };
}

function part([name, value]: Fact): KeyPart {
  return { name, digest: digestOf(JSON.stringify([name, value ?? null])) };
}

async function factsOf(step: Step, session: BuildSession, digests: FileDigests): Promise<Fact[]> {
  const { instruction, config } = step;
  switch (instruction.keyword) {
    case 'RUN':
      return runFacts(instruction, step, session, digests);
    case 'COPY':
    case 'ADD':
      return transferFacts(instruction, step, session, digests);
    default:
      // WORKDIR makes its directory for the user.
      return [
        ['the instruction', instruction.keyword],
        ['the directory', nextWorkingDir(config, (instruction as { path?: string }).path ?? '')],
        ['the user', config.User],
      ];
  }
}

/** Of a secret, whether it is there; of a cache mount, nothing but its words. */
async function runFacts(
  instruction: RunInstruction,
  { config, environment }: Step,
  session: BuildSession,
  digests: FileDigests,
): Promise<Fact[]> {
  const { mounts, network } = instruction;
  const facts: Fact[] = [
    ['the instruction', 'RUN'],
    ['the command', runCommand(instruction, config.Shell)],
    ['the mounts', mounts],
    ['the network', network],
    ['the user', config.User],
    ['the working directory', config.WorkingDir],
    ...variableFacts(environment),
    ...variableFacts(session.proxyArgs),
    ['the order of the variables', [...environment.keys()]],
  ];
  for (const value of mounts) {
    const mount = parseRunMount({ value });
    if (mount.type === 'secret') facts.push([`the secret ${mount.id}`, session.secrets.has(mount.id)]);
    if (mount.type !== 'bind') continue;
    const tree = openContext({ session, ...(mount.from !== undefined && { from: mount.from }) });
    const [source] = findSources(tree, mount.source || '/');
    if (source) facts.push(...(await sourceFacts({ tree, ...source }, session, digests)));
  }
  return facts;
}

function variableFacts(variables: ReadonlyMap<string, string>): Fact[] {
  return [...variables].map(([name, value]) => [`the variable ${name}`, value]);
}

async function transferFacts(
  instruction: CopyInstruction | AddInstruction,
  { config }: Step,
  session: BuildSession,
  digests: FileDigests,
): Promise<Fact[]> {
  const { keyword, range: _, source: __, heredocs, ...words } = instruction;
  const facts: Fact[] = [
    ['the instruction', keyword],
    ['the words', words],
    ['the destination', absoluteDestination(instruction.destination, config.WorkingDir)],
    ['the here-documents', heredocs.map(({ name, content }: Heredoc) => [name, content])],
  ];
  const from = instruction.keyword === 'COPY' ? instruction.from : undefined;
  const remote = instruction.sources.filter((word) => isRemote(instruction, word));
  const local = instruction.sources.filter((word) => !remote.includes(word));
  if (local.length === 0) return facts;
  const tree = openContext({ session, ...(from !== undefined && { from }) });
  const excludes = instruction.excludes.length > 0 && compilePathPatterns(instruction.excludes);
  for (const word of local) {
    for (const source of sourcesOf(tree, word, instruction.parents)) {
      facts.push(
        ...(await sourceFacts({ tree, ...source, ...(excludes && { excludes }) }, session, digests)),
      );
    }
  }
  return facts;
}

function sourcesOf(tree: SourceTree, word: string, parents: boolean): Omit<SourceToDescribe, 'tree'>[] {
  return parents ? findParentsSources(tree, word) : findSources(tree, word);
}

async function sourceFacts(
  source: SourceToDescribe,
  session: BuildSession,
  digests: FileDigests,
): Promise<Fact[]> {
  const files = await describeSource(source, digests, session.signal);
  if (files.length > mostFilesNamed) return [[`a file of ${source.named}`, files]];
  return files.map(([path, description]) => [`the file ${path}`, description]);
}

/** Whether a source comes from the network, and its words alone say what it is. */
function isRemote(instruction: CopyInstruction | AddInstruction, word: string): boolean {
  if (instruction.keyword === 'COPY') return false;
  const git = parseGitSource(word);
  if (git !== undefined) {
    const commit = instruction.checksum ?? git.checksum ?? git.ref ?? '';
    if (/^[0-9a-f]{40}$/.test(commit)) return true;
    throw new Uncacheable(`ADD takes ${git.remote} at no fixed commit`);
  }
  if (!isHttpSource(word)) return false;
  if (instruction.checksum !== undefined) return true;
  throw new Uncacheable(`ADD takes ${word} without --checksum`);
}
