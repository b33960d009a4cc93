// COPY --parents: keeps the directories above a source, from the pivot `/./` on or from the context's root.
// https://docs.docker.com/reference/dockerfile/#copy---parents
import { join } from 'node:path';
import { type FoundSource, findSources, requireSource, type SourceTree } from './context.js';
import { hasWildcard } from './globs.js';
import { cleanPath, compilePathPatterns, type PathPatterns } from './path-patterns.js';

/**
 * What a source word of `COPY --parents` means: directories to copy from, and which paths below them to take.
 * Links below the pivot are copied as links.
 * @throws Error naming the source where it has no wildcard and does not exist, or is the context itself.
 */
export function findParentsSources(
  tree: SourceTree,
  word: string,
): (FoundSource & { includes: PathPatterns })[] {
  const pivot = word.indexOf('/./');
  const base = pivot < 0 ? '/' : word.slice(0, pivot);
  const below = cleanPath(join('/', pivot < 0 ? word : word.slice(pivot + 3))).slice(1);
  if (below === '') {
    throw new Error(
      `The source '${word}' names nothing that --parents could keep: write '*', or leave the flag out.`,
    );
  }
  const includes = compilePathPatterns([below]);
  const sources = findSources(tree, base);
  if (!hasWildcard(base) && !hasWildcard(below)) {
    for (const { path } of sources) requireSource(tree, join(path, below), word);
  }
  return sources.map((source) => ({ ...source, includes }));
}
