// ADD of a git repository, through the machine's git.
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import type { GitSource } from './git-source.js';

/** What git gets of our environment: how to find programs, keys and proxies, and no question to a terminal. */
const passedOn = [
  'PATH',
  'HOME',
  'SSH_AUTH_SOCK',
  'http_proxy',
  'https_proxy',
  'HTTP_PROXY',
  'HTTPS_PROXY',
  'no_proxy',
  'NO_PROXY',
];

/**
 * Checks a repository out into `folder`, which must be empty.
 * @param keepGitDir whether `.git` stays.
 * @returns path in the folder, absolute inside it, of the folder that the source asks for.
 * @throws Error where git is not installed or fails, or the commit is not the one expected.
 */
export async function checkOut({
  source,
  keepGitDir,
  checksum,
  folder,
  signal,
}: {
  source: GitSource;
  keepGitDir: boolean;
  checksum?: string | undefined;
  folder: string;
  signal: AbortSignal;
}): Promise<string> {
  const environment = Object.fromEntries(
    passedOn.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]])),
  );
  const git = async (...args: string[]): Promise<string> => {
    const result = await execa('git', args, {
      cwd: folder,
      env: { ...environment, GIT_TERMINAL_PROMPT: '0', GIT_CONFIG_NOSYSTEM: '1', LC_ALL: 'C' },
      extendEnv: false,
      stdin: 'ignore',
      cancelSignal: signal,
      reject: false,
    });
    signal.throwIfAborted();
    if (result.code === 'ENOENT') {
      throw new Error(
        `The git source '${source.remote}' needs the program git, which is not installed here: install it.`,
      );
    }
    if (result.failed) {
      throw new Error(
        `The git source '${source.remote}' cannot be fetched: ${result.stderr.trim() || result.shortMessage}`,
      );
    }
    return result.stdout.trim();
  };

  const ref = source.ref ?? 'HEAD';
  if (ref.startsWith('-') || source.remote.startsWith('-')) {
    throw new Error(
      `The git source '${source.remote}' with the ref '${ref}' begins with a dash, which git would take for an option.`,
    );
  }
  await git('init', '--quiet', '--initial-branch=main');
  await git('remote', 'add', 'origin', source.remote);
  // An abbreviated commit cannot be asked for by name: it is found among everything that the remote has.
  if (/^[0-9a-f]{7,39}$/.test(ref)) {
    await git('fetch', '--quiet', '--tags', 'origin', '+refs/heads/*:refs/remotes/origin/*');
    await git('checkout', '--quiet', '--detach', ref);
  } else {
    await git('fetch', '--quiet', '--depth=1', '--no-tags', 'origin', ref);
    await git('checkout', '--quiet', '--detach', 'FETCH_HEAD');
  }
  const commit = await git('rev-parse', 'HEAD');
  if (checksum !== undefined && !commit.startsWith(checksum)) {
    throw new Error(
      `'${source.remote}' is not what --checksum says: expected commit ${checksum}, '${ref}' is ${commit}.`,
    );
  }
  if (source.submodules) await git('submodule', '--quiet', 'update', '--init', '--recursive', '--depth=1');
  if (!keepGitDir) rmSync(join(folder, '.git'), { recursive: true, force: true });
  return `/${source.subdir}`;
}
