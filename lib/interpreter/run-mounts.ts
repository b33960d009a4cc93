// `RUN --mount=…`: from what the Dockerfile asks for to what is put where for one RUN, however it gets there.
import { chmodSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import type { CacheMount, RunMount, SecretMount, SshMount } from '../dockerfile/run-mount.js';
import { removeTree } from '../rootfs/remove-tree.js';
import type { MountSource, RootMount } from '../rootfs/thread-root.js';
import { bindSource } from './bind-source.js';
import { openCacheFolder } from './cache-mounts.js';
import { findSources, openContext } from './context.js';
import { copyTree } from './copy-tree.js';
import type { RunCommand } from './run-command.js';
import type { BuildSession } from './session.js';
import { listenForAgent } from './ssh-agent.js';

/** Everything that one RUN finds beyond the root filesystem. */
export interface PreparedMounts {
  /** Sorted by target, so that a mount inside another comes after it. */
  mounts: RootMount[];
  /** Variables that mounts set. */
  variables: Map<string, string>;
  /** To be called once the RUN and its mounts are gone. */
  release(): Promise<void>;
}

/**
 * Prepares the mounts of a RUN: finds sources, opens caches, stages what is written to and thrown away.
 * @param script the here-document that the RUN executes, if any.
 * @throws Error with a sentence where a source, a required secret or an agent is missing.
 */
export async function prepareMounts({
  wanted,
  script,
  session,
}: {
  wanted: RunMount[];
  script: RunCommand['script'];
  session: BuildSession;
}): Promise<PreparedMounts> {
  const steps: (() => void | Promise<void>)[] = [];
  const release = async () => {
    for (const step of steps.splice(0).reverse()) await step();
  };
  const staging = () => {
    mkdirSync(session.workDir, { recursive: true });
    const folder = mkdtempSync(join(session.workDir, 'run-'));
    chmodSync(folder, 0o755);
    steps.push(() => removeTree(folder));
    return folder;
  };
  const placed = new Map<string, RootMount>();
  const variables = new Map<string, string>();
  const workingDir = session.config.WorkingDir || '/';
  const place = (target: string, readOnly: boolean, source: MountSource) => {
    const path = posix.resolve('/', workingDir, target);
    if (path === '/')
      throw new Error('A RUN cannot mount anything on /; give its --mount a target below it.');
    placed.set(path, { target: path, readOnly, source });
  };

  try {
    let agents = 0;
    for (const mount of wanted) {
      switch (mount.type) {
        case 'bind':
          place(mount.target, mount.readOnly, await bindSource(mount, session, staging));
          break;
        case 'cache': {
          const folder = await openCacheFolder({
            mount,
            cacheMountDir: session.cacheMountDir,
            fill: (path) => fillCache(mount, path, session),
            signal: session.signal,
          });
          steps.push(folder.release);
          place(mount.target, mount.readOnly, { type: 'tree', path: folder.path, kept: true });
          break;
        }
        case 'tmpfs':
          place(mount.target, mount.readOnly, {
            type: 'tmpfs',
            ...(mount.size !== undefined && { size: mount.size }),
          });
          break;
        case 'secret':
          placeSecret(mount, session, place, variables);
          break;
        case 'ssh': {
          const target = mount.target ?? `/run/buildkit/ssh_agent.${agents}`;
          if (agents === 0 && !session.environment.has('SSH_AUTH_SOCK')) {
            variables.set('SSH_AUTH_SOCK', target);
          }
          agents++;
          const agent = await agentSocket(mount, session, staging, steps);
          if (agent !== undefined) place(target, false, agent);
          break;
        }
      }
    }
    if (script !== undefined) {
      const folder = staging();
      writeFileSync(join(folder, posix.basename(script.path)), script.content, { mode: 0o755 });
      chmodSync(join(folder, posix.basename(script.path)), 0o755);
      place(posix.dirname(script.path), true, { type: 'tree', path: folder, kept: false });
    }
  } catch (error) {
    await release();
    throw error;
  }
  const mounts = [...placed.values()].sort((a, b) => (a.target < b.target ? -1 : 1));
  return { mounts, variables, release };
}

/** What a new cache folder starts with: nothing, or what `from` and `source` name. */
async function fillCache(mount: CacheMount, folder: string, session: BuildSession): Promise<void> {
  if (mount.from === undefined) {
    if (posix.resolve('/', mount.source) === '/') return;
    throw new Error(
      `--mount=type=cache,source=${mount.source} needs from=NAME too: the source lies in a named build context.`,
    );
  }
  const tree = openContext({ session, from: mount.from });
  const [found] = findSources(tree, mount.source || '/');
  if (!found?.stats.isDirectory()) {
    throw new Error(`The source '${mount.source}' of --mount=type=cache is no directory in ${tree.label}.`);
  }
  await copyTree({
    tree,
    path: found.path,
    target: folder,
    root: session.cacheMountDir,
    rules: { owner: { uid: 0, gid: 0 } },
    signal: session.signal,
  });
  if (found.path !== '/') chmodSync(folder, Number(found.stats.mode & 0o7777n));
}

function placeSecret(
  mount: SecretMount,
  session: BuildSession,
  place: (target: string, readOnly: boolean, source: MountSource) => void,
  variables: Map<string, string>,
): void {
  const { id, target, env, required, mode = 0o400, uid = 0, gid = 0 } = mount;
  const secret = session.secrets.get(id);
  if (secret === undefined && required) {
    throw new Error(`The secret '${id}' is required by this RUN: give it with --secret id=${id},src=FILE.`);
  }
  if (env !== undefined) variables.set(env, secret?.value.toString() ?? '');
  if (target !== undefined && secret !== undefined) {
    place(target, true, { type: 'content', content: secret.value, mode, uid, gid });
  }
}

async function agentSocket(
  { id, required, mode = 0o600, uid = 0, gid = 0 }: SshMount,
  session: BuildSession,
  staging: () => string,
  steps: (() => void | Promise<void>)[],
): Promise<MountSource | undefined> {
  if (session.sshAgent === undefined || id !== 'default') {
    if (!required) return undefined;
    throw new Error(
      `This RUN requires the SSH agent '${id}', and none is given` +
        (id === 'default'
          ? ': give it with --ssh default[=SOCKET].'
          : ': only the agent with the id default can be.'),
    );
  }
  const socket = join(staging(), 'agent.sock');
  steps.push(await listenForAgent({ path: socket, agent: session.sshAgent, mode, uid, gid }));
  return { type: 'tree', path: socket, kept: false };
}
