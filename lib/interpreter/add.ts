// ADD: what COPY does from the build context, with archives unpacked, and URLs and git repositories fetched.
// https://docs.docker.com/reference/dockerfile/#add
import { mkdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { AddInstruction } from '../dockerfile/instruction.js';
import { resolveInRoot } from '../rootfs/resolve.js';
import { detectArchive, unpackArchive } from './add-archive.js';
import { checkOut } from './add-git.js';
import { download, isHttpSource, urlFileName } from './add-http.js';
import { type FoundSource, findSources, hostPath, openContext, type SourceTree } from './context.js';
import { placeHeredocs, withDestination, withStaging } from './copy.js';
import { type GitSource, parseGitSource } from './git-source.js';
import { makeDirectories } from './make-directories.js';
import type { BuildSession } from './session.js';
import { type Destination, placeSource } from './transfer.js';

const directoryMode = 0o755;

interface Adding {
  instruction: AddInstruction;
  session: BuildSession;
  destination: Destination;
}

/**
 * Executes an ADD as BuildKit does; `docs/copy-and-add.md` has the rules.
 * @throws Error with a sentence: as COPY, or where something cannot be fetched, verified or unpacked.
 */
export async function executeAdd({
  instruction,
  session,
}: {
  instruction: AddInstruction;
  session: BuildSession;
}): Promise<void> {
  const { sources, checksum } = instruction;
  const git = sources.map((word) => parseGitSource(word));
  const isRemote = sources.map((word, index) => git[index] !== undefined || isHttpSource(word));
  if (checksum !== undefined && !(sources.length === 1 && isRemote[0])) {
    throw new Error(`--checksum=${checksum} cannot be used: it needs one source, a URL or a git repository.`);
  }
  await withDestination(instruction, session, async (destination) => {
    const adding = { instruction, session, destination };
    for (const [index, word] of sources.entries()) {
      const repository = git[index];
      if (repository !== undefined) await addRepository(adding, repository);
      else if (isRemote[index]) await addUrl(adding, word);
      else await addLocal(adding, word);
    }
    await placeHeredocs(instruction.heredocs, destination, session);
  });
}

async function addLocal(adding: Adding, word: string): Promise<void> {
  const { session, instruction } = adding;
  const tree = openContext({ session });
  const found = findSources(tree, word);
  if (found.length === 0) session.logger.warn(`Nothing in ${tree.label} matches the source '${word}'.`);
  for (const source of found) await addFile(adding, tree, source, instruction.unpack ?? true);
}

async function addUrl(adding: Adding, url: string): Promise<void> {
  const { session, instruction } = adding;
  await withStaging(session, async (root) => {
    const { checksum } = instruction;
    const file = await download({ url, checksum, folder: root, signal: session.signal });
    const tree = { root, label: `'${url}'` };
    const [source] = findSources(tree, basename(file));
    await addFile(adding, tree, { ...source!, named: `/${urlFileName(url)}` }, instruction.unpack ?? false);
  });
}

async function addRepository(adding: Adding, source: GitSource): Promise<void> {
  const { session, instruction, destination } = adding;
  await withStaging(session, async (folder) => {
    const root = join(folder, 'checkout');
    mkdirSync(root, directoryMode);
    const path = await checkOut({
      source,
      keepGitDir: source.keepGitDir ?? instruction.keepGitDir,
      checksum: instruction.checksum ?? source.checksum,
      folder: root,
      signal: session.signal,
    });
    const tree = { root, label: `the repository '${source.remote}'` };
    const [found] = findSources(tree, path);
    await placeSource({ tree, ...found!, destination, signal: session.signal });
  });
}

/** Puts one source there, unpacked if it is an archive and that is wanted. */
async function addFile(
  adding: Adding,
  tree: SourceTree,
  source: FoundSource,
  unpack: boolean,
): Promise<void> {
  const { session, destination } = adding;
  const file = hostPath(tree, source.path);
  const compression = unpack && source.stats.isFile() ? await detectArchive(file) : undefined;
  if (compression === undefined) {
    await placeSource({ tree, ...source, destination, signal: session.signal });
    return;
  }
  const { root, path, parents } = destination;
  makeDirectories({ root, path, mode: directoryMode, owner: parents.owner });
  await unpackArchive({
    file,
    label: source.named.slice(1),
    compression,
    directory: resolveInRoot({ root, path, followLast: true }),
    owner: parents.owner,
    logger: session.logger,
    signal: session.signal,
  });
}
