// RUN: executes a command inside the root filesystem as the image's user, with the image's environment.
import { chmodSync, chownSync, existsSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import type { RunInstruction } from '../dockerfile/instruction.js';
import { type Identity, lookupUser } from '../rootfs/accounts.js';
import { encodePath } from '../rootfs/byte-path.js';
import { resolveInRoot } from '../rootfs/resolve.js';
import { standardMountPoints } from '../rootfs/standard-mounts.js';
import type { RootMount } from '../rootfs/thread-root.js';
import { runEnvironment } from './environment.js';
import type { Exit, LaunchError } from './launcher.js';
import { makeMountPoint } from './mount-points.js';
import { runCommand } from './run-command.js';
import type { BuildSession } from './session.js';

/**
 * Executes a RUN and returns once nothing of it runs any more.
 * @param instruction evaluated: its words are final.
 * @throws Error saying how the command failed; the session's abort reason where it was stopped.
 */
export async function executeRun({
  instruction,
  session,
}: {
  instruction: RunInstruction;
  session: BuildSession;
}): Promise<void> {
  const { rootfs, config, launcher, touched } = session;
  const identity = lookupUser({ rootfs, user: config.User ?? '' });
  const cwd = config.WorkingDir || '/';
  makeWorkingDirectory({ rootfs, cwd, identity });
  const { argv } = runCommand(instruction, config.Shell);
  const privateMounts = rootfs !== '/' && (await launcher.canMount());
  const mounts = privateMounts ? networkFiles() : [];
  const undo: (() => void)[] = [];
  try {
    if (privateMounts) {
      for (const path of standardMountPoints) {
        undo.push(makeMountPoint({ rootfs, path, kind: 'directory', touched }));
      }
    }
    for (const { target, kind } of mounts) {
      undo.push(makeMountPoint({ rootfs, path: target, kind, touched }));
    }
    const exit = await launcher.launch({
      launch: {
        view: { rootfs, privateMounts, mounts },
        identity,
        argv,
        env: runEnvironment({ session, identity, secrets: new Map() }),
        cwd,
      },
      onOutput: (stream, chunk) => session.onEvent({ type: 'output', stream, chunk }),
      signal: session.signal,
    });
    session.signal.throwIfAborted();
    if (exit.exitCode !== 0) throw new Error(describeExit(argv, exit));
  } catch (error) {
    const { code } = error as LaunchError;
    throw code === undefined
      ? error
      : new Error(describeLaunchError(argv, instruction, error as LaunchError));
  } finally {
    for (const step of undo.reverse()) step();
  }
}

/** The machine's own name resolution, read-only. */
function networkFiles(): RootMount[] {
  return ['/etc/resolv.conf', '/etc/hosts'].flatMap((path) =>
    existsSync(path) ? [{ target: path, from: { bind: path }, readOnly: true, kind: 'file' as const }] : [],
  );
}

/** As BuildKit: a missing one is made for the user that the command runs as. */
function makeWorkingDirectory({
  rootfs,
  cwd,
  identity,
}: {
  rootfs: string;
  cwd: string;
  identity: Identity;
}): void {
  const path = resolveInRoot({ root: rootfs, path: cwd, followLast: true });
  const first = mkdirSync(encodePath(path), { recursive: true }) as string | Buffer | undefined;
  if (first === undefined) return;
  for (let made = path; ; made = dirname(made)) {
    chownSync(encodePath(made), identity.uid, identity.gid);
    chmodSync(encodePath(made), 0o755);
    if (made.length <= first.length) return;
  }
}

function describeExit(argv: string[], { exitCode, signal }: Exit): string {
  const how = signal === null ? `ended with exit code ${exitCode}` : `was ended by the signal ${signal}`;
  return `The command ${quote(argv)} ${how}; what it said is above.`;
}

function describeLaunchError(argv: string[], { command }: RunInstruction, error: LaunchError): string {
  const program = argv[0]!;
  if (error.code === 'ENOENT' && command.form === 'shell') {
    return `This image has no ${program}: use the exec form, RUN ["program", "argument"], or name its shell with SHELL.`;
  }
  if (error.code === 'ENOENT') {
    return `The command ${quote(argv)} cannot be started: there is no ${program} in the image's PATH, or what it needs to run is missing.`;
  }
  return `The command ${quote(argv)} cannot be started: ${error.message}.`;
}

/** A command for people: one line, not too long. */
function quote(argv: string[]): string {
  const line = argv.map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : JSON.stringify(word))).join(' ');
  return line.length > 200 ? `${line.slice(0, 197)}...` : line;
}
