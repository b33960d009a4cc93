// COPY: files of the build context, of a named context, or written in the Dockerfile, into the rootfs.
// https://docs.docker.com/reference/dockerfile/#copy
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AddInstruction, CopyInstruction, Heredoc } from '../dockerfile/instruction.js';
import { removeTree } from '../rootfs/remove-tree.js';
import { isHttpSource } from './add-http.js';
import { findSources, openContext, type SourceTree, statSource } from './context.js';
import { findParentsSources } from './copy-parents.js';
import { copyTree } from './copy-tree.js';
import { parseGitSource } from './git-source.js';
import type { BuildSession } from './session.js';
import { type Destination, openDestination, placeSource } from './transfer.js';

/**
 * Executes a COPY as BuildKit does; `docs/copy-and-add.md` has the rules.
 * @throws Error with a sentence: a source that is missing, ignored or outside the context, a `--from` that is
 * no named context, a flag that cannot be used, a file in the way of a directory or the other way round.
 */
export async function executeCopy({
  instruction,
  session,
}: {
  instruction: CopyInstruction;
  session: BuildSession;
}): Promise<void> {
  const { from } = instruction;
  for (const word of instruction.sources) {
    if (!isHttpSource(word) && parseGitSource(word) === undefined) continue;
    throw new Error(`COPY takes nothing from the network, so not '${word}': use ADD.`);
  }
  const tree = openContext({ session, ...(from === undefined ? {} : { from }) });
  await withDestination(instruction, session, async (destination) => {
    const { signal } = session;
    for (const word of instruction.sources) {
      if (instruction.parents) {
        for (const { includes, ...source } of findParentsSources(tree, word)) {
          const rules = { ...destination.rules, includes };
          await placeSource({ tree, ...source, destination: { ...destination, rules }, signal });
        }
        continue;
      }
      const found = findSources(tree, word);
      if (found.length === 0) session.logger.warn(`Nothing in ${tree.label} matches the source '${word}'.`);
      for (const source of found) await placeSource({ tree, ...source, destination, signal });
    }
    await placeHeredocs(instruction.heredocs, destination, session);
  });
}

/**
 * Calls `place` with the destination of an instruction. With `--link` that is an empty tree, which is laid over
 * the rootfs afterwards: no link of the image is followed, and what is copied wins, whatever it meets.
 */
export async function withDestination(
  instruction: CopyInstruction | AddInstruction,
  session: BuildSession,
  place: (destination: Destination) => Promise<void>,
): Promise<void> {
  // BuildKit ignores --link beside --chmod.
  if (!instruction.link || instruction.chmod) {
    await place(openDestination({ instruction, session }));
    return;
  }
  await withStaging(session, async (root) => {
    await place(openDestination({ instruction, session, root }));
    const tree = { root, label: 'the tree of --link' };
    const rules = { replace: true };
    await copyTree({
      tree,
      path: '/',
      target: session.rootfs,
      root: session.rootfs,
      rules,
      signal: session.signal,
    });
  });
}

/** Writes each heredoc as a file of mode 644 that is named after its delimiter. */
export async function placeHeredocs(
  heredocs: readonly Heredoc[],
  destination: Destination,
  session: BuildSession,
): Promise<void> {
  if (heredocs.length === 0) return;
  await withStaging(session, async (root) => {
    const tree: SourceTree = { root, label: 'the Dockerfile' };
    for (const [index, { name, content }] of heredocs.entries()) {
      const path = `/${index}`;
      writeFileSync(join(root, path), content, { mode: 0o644 });
      const stats = statSource(tree, path)!;
      await placeSource({ tree, named: `/${name}`, path, stats, destination, signal: session.signal });
    }
  });
}

/** Calls `use` with the path of an empty folder of ours, and removes it. */
export async function withStaging<T>(session: BuildSession, use: (folder: string) => Promise<T>): Promise<T> {
  mkdirSync(session.workDir, { recursive: true });
  const folder = mkdtempSync(join(session.workDir, 'staging-'));
  try {
    return await use(folder);
  } finally {
    removeTree(folder);
  }
}
