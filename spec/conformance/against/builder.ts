// What a builder must offer to be held against the cases, and how one is run.
import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ImageConfig } from '../../../lib/image/config.js';
import type { Stage } from '../stage.js';

export interface Builder {
  /** Its name and version, as expectations give it as their source. */
  version(): Promise<string>;
  /** Makes the base root filesystem known to it under the image name `base`. */
  prepare(baseRoot: string, workDir: string): Promise<void>;
  /** Options of a case that it has no way to be given; the case is left out. */
  lacks: readonly ('secrets' | 'namedContexts')[];
  /** Fields of the config that it never writes; it is not held against them. */
  neverWrites: readonly string[];
  /**
   * Builds, and puts the whole tree of the image into the new directory `root`.
   * @throws BuildFailure where the builder refuses or a command fails.
   */
  build(stage: Stage, root: string): Promise<Pick<ImageConfig, 'author' | 'config'>>;
}

/** A build that came to nothing, with what the builder printed. */
export class BuildFailure extends Error {}

/** Runs a command to its end and gives what it wrote to stdout. */
export async function output(
  command: string,
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<string> {
  const child = spawn(command, args, { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    stdout += chunk;
  });
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    stderr += chunk;
  });
  const code = await new Promise((resolve, reject) => child.on('error', reject).on('close', resolve));
  if (code !== 0) throw new BuildFailure(`${stderr}\n${stdout}`.trim());
  return stdout;
}

/** Unpacks a tar as it is: owners, modes, times, extended attributes. */
export async function untar(file: string, root: string, ...more: string[]): Promise<void> {
  await output('tar', [
    '--numeric-owner',
    '--same-owner',
    '-p',
    '--xattrs',
    ...more,
    '-C',
    root,
    '-xf',
    file,
  ]);
}

/** `--flag K=V` for each entry. */
export const flags = (flag: string, entries: Record<string, string>, prefix = ''): string[] =>
  Object.entries(entries).flatMap(([key, value]) => [flag, `${prefix}${key}=${value}`]);

/** The `--secret` flags of a case, its secrets written to files. */
export function secretFlags(stage: Stage): string[] {
  return Object.entries(stage.secrets).flatMap(([id, value]) => {
    const file = join(stage.directory, `secret-${id}`);
    writeFileSync(file, value);
    return ['--secret', `id=${id},src=${file}`];
  });
}
