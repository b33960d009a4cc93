// `.dockerignore`: which paths of a build context the instructions cannot see.
// https://docs.docker.com/build/concepts/context/#dockerignore-files
import { readFileSync, statSync } from 'node:fs';
import { encodePath } from '../rootfs/byte-path.js';
import { resolveInRoot } from '../rootfs/resolve.js';
import { cleanPath, compilePathPatterns, type PathPatterns } from './path-patterns.js';

/** An ignore file that was found. */
export interface IgnoreFile {
  /** Its absolute path, for errors. */
  path: string;
  patterns: PathPatterns;
}

/**
 * Reads the ignore file of a context: `<Dockerfile>.dockerignore` wins over the context's `.dockerignore`.
 * @param dockerfilePath absent for a named context, which has its own `.dockerignore` only.
 * @throws Error where a pattern in it is malformed, or it is no regular file.
 */
export function readIgnoreFile({
  context,
  dockerfilePath,
}: {
  context: string;
  dockerfilePath?: string;
}): IgnoreFile | undefined {
  const candidates = [resolveInRoot({ root: context, path: '/.dockerignore', followLast: true })];
  if (dockerfilePath !== undefined) candidates.unshift(`${dockerfilePath}.dockerignore`);
  for (const path of candidates) {
    const text = readIfThere(path);
    if (text === undefined) continue;
    try {
      return { path, patterns: compilePathPatterns(parseIgnoreFile(text)) };
    } catch (error) {
      throw new Error(`'${path}' cannot be used: ${(error as Error).message}`, { cause: error });
    }
  }
  return undefined;
}

/** The patterns of an ignore file: comments and blank lines dropped, paths cleaned, leading slashes taken off. */
export function parseIgnoreFile(text: string): string[] {
  const patterns: string[] = [];
  for (const line of text.replace(/^\uFEFF/, '').split(/\r?\n/)) {
    if (line.startsWith('#')) continue;
    const trimmed = line.trim();
    if (trimmed === '') continue;
    const exception = trimmed.startsWith('!');
    let pattern = exception ? trimmed.slice(1).trim() : trimmed;
    if (pattern !== '') pattern = cleanPath(pattern);
    if (pattern.length > 1 && pattern.startsWith('/')) pattern = pattern.slice(1);
    patterns.push(exception ? `!${pattern}` : pattern);
  }
  return patterns;
}

function readIfThere(path: string): string | undefined {
  const stats = statSync(encodePath(path), { throwIfNoEntry: false });
  if (stats === undefined) return undefined;
  // A pipe or a device could be read without end.
  if (!stats.isFile()) throw new Error(`'${path}' cannot be used: it is not a regular file.`);
  return readFileSync(encodePath(path), 'utf8');
}
