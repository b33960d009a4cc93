// A git repository as a source of ADD: which words are one, and what they say.
// https://docs.docker.com/reference/dockerfile/#adding-files-from-a-git-repository

export interface GitSource {
  /** What `git fetch` takes. */
  remote: string;
  /** Branch, tag or commit; absent: the default branch. */
  ref?: string;
  /** Folder of the repository, without leading slash; empty: all of it. */
  subdir: string;
  /** Commit that `ref` must be; may be abbreviated. */
  checksum?: string;
  keepGitDir?: boolean;
  submodules: boolean;
}

/**
 * What a source word means as a git repository, undefined where it is none. A http(s) URL is one when its path
 * ends with `.git`.
 * @throws Error for a query that means nothing.
 */
export function parseGitSource(word: string): GitSource | undefined {
  const [, beforeFragment, fragment = ''] = /^([^#]*)(?:#(.*))?$/s.exec(word)!;
  const [, remote, query = ''] = /^([^?]*)(?:\?(.*))?$/s.exec(beforeFragment!)!;
  const isUrl = /^(?:https?|ssh|git):\/\//i.test(remote!);
  if (!isUrl && !/^[a-zA-Z0-9_-]+@[^/:\s]+:(?!\/\/).+/.test(remote!)) return undefined;
  if (/^https?:/i.test(remote!) && !remote!.endsWith('.git')) return undefined;
  const colon = fragment.indexOf(':');
  const source: GitSource = {
    remote: remote!,
    subdir: colon < 0 ? '' : fragment.slice(colon + 1),
    submodules: true,
  };
  const ref = colon < 0 ? fragment : fragment.slice(0, colon);
  if (ref !== '') source.ref = ref;
  for (const [key, value] of new URLSearchParams(query)) applyQuery(source, word, key, value);
  source.subdir = source.subdir
    .split('/')
    .filter((name) => name !== '' && name !== '.')
    .join('/');
  return source;
}

function applyQuery(source: GitSource, word: string, key: string, value: string): void {
  const truth = /^(?:|1|t|true)$/i.test(value);
  switch (key) {
    case 'ref':
      source.ref = value;
      return;
    case 'branch':
      source.ref = `refs/heads/${value.replace(/^refs\/heads\//, '')}`;
      return;
    case 'tag':
      source.ref = `refs/tags/${value.replace(/^refs\/tags\//, '')}`;
      return;
    case 'subdir':
      source.subdir = value;
      return;
    case 'checksum':
    case 'commit':
      source.checksum = value;
      return;
    case 'keep-git-dir':
      source.keepGitDir = truth;
      return;
    case 'submodules':
      source.submodules = truth;
      return;
    default:
      throw new Error(
        `The git source '${word}' has a query '${key}' that means nothing here; known are ` +
          'ref, branch, tag, subdir, checksum, commit, keep-git-dir and submodules.',
      );
  }
}
