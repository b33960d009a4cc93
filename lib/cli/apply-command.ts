// `dockerfile-extender apply`: options into the library's, its answer into a line and a report.
import { readFileSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { applyDockerfile } from '../extend/apply-dockerfile.js';
import type { Layering } from '../extend/segments.js';
import type { Secret } from '../interpreter/session.js';
import type { Compression } from '../layer/layer.js';
import { formatTime } from '../report/units.js';
import { UsageError } from '../report/usage-error.js';
import { exitCodes } from './exit-codes.js';
import { openReport } from './report.js';
import type { CommandContext, CommonOptions } from './run-command.js';
import { sourceDateEpoch } from './source-date-epoch.js';

export interface ApplyOptions extends CommonOptions {
  rootfs: string;
  context?: string;
  output: string;
  baseImage?: string;
  buildArg?: string[];
  buildContext?: string[];
  secret?: string[];
  ssh?: string;
  ignore?: string[];
  layering: Layering;
  compression: Compression;
  cacheDir?: string;
  cacheRepo?: string;
  cacheTtl: number;
  cacheMaxSize?: number;
  report?: string;
}

export async function applyCommand(
  dockerfile: string,
  options: ApplyOptions,
  { output, signal }: CommandContext,
): Promise<number> {
  const { rootfs, context, baseImage, ignore, layering, compression } = options;
  const epoch = sourceDateEpoch(process.env);
  const report = openReport(options.report, output.onEvent);
  const started = performance.now();
  const { layers, manifestDigest } = await applyDockerfile({
    dockerfile,
    rootfs,
    output: options.output,
    layering,
    compression,
    buildArgs: Object.fromEntries((options.buildArg ?? []).flatMap(buildArg)),
    namedContexts: new Map((options.buildContext ?? []).map(namedContext)),
    secrets: (options.secret ?? []).map(secret),
    cacheTimeToLive: options.cacheTtl,
    logger: output.logger,
    onEvent: report.onEvent,
    signal,
    ...(context !== undefined && { context }),
    ...(baseImage !== undefined && { baseImage }),
    ...(ignore && { ignore }),
    ...(options.ssh !== undefined && { sshAgent: sshAgent(options.ssh) }),
    ...(options.cacheDir !== undefined && { cacheDir: options.cacheDir }),
    ...(options.cacheRepo !== undefined && { cacheRepo: options.cacheRepo }),
    ...(options.cacheMaxSize !== undefined && { cacheMaxSize: options.cacheMaxSize }),
    ...(epoch !== undefined && { sourceDateEpoch: epoch }),
  });
  const milliseconds = performance.now() - started;
  report.write({ milliseconds, manifestDigest, layers });
  const made = layers.length === 1 ? '1 layer' : `${layers.length} layers`;
  output.logger.info(`${made} in ${options.output}, image ${manifestDigest}, in ${formatTime(milliseconds)}`);
  return exitCodes.done;
}

function buildArg(text: string): [string, string][] {
  const equals = text.indexOf('=');
  if (equals > 0) return [[text.slice(0, equals), text.slice(equals + 1)]];
  if (equals === 0) throw new UsageError(`--build-arg ${text} has no name before the '='.`);
  const value = process.env[text];
  return value === undefined ? [] : [[text, value]];
}

function namedContext(text: string): [string, string] {
  const equals = text.indexOf('=');
  if (equals <= 0) throw new UsageError(`--build-context ${text} is not of the form NAME=DIR.`);
  return [text.slice(0, equals), text.slice(equals + 1)];
}

/** `id=ID[,src=FILE|,env=VAR]`; with neither, as with Docker, the variable named like the id, else such a file. */
function secret(text: string): Secret {
  const fields = new Map(
    text.split(',').map((field): [string, string] => {
      const [key = '', ...value] = field.split('=');
      return [key === 'source' ? 'src' : key, value.join('=')];
    }),
  );
  const id = fields.get('id') || fields.get('src');
  const unknown = [...fields.keys()].find((key) => !['id', 'src', 'env', 'type'].includes(key));
  if (!id || unknown !== undefined) {
    throw new UsageError(
      `--secret ${unknown === undefined ? 'lacks id=' : `knows no '${unknown}'`}: id=ID[,src=FILE|,env=VAR].`,
    );
  }
  const type = fields.get('type');
  const variable = fields.get('env') ?? (type === 'env' ? (fields.get('src') ?? id) : undefined);
  const file = variable === undefined ? fields.get('src') : undefined;
  if (file !== undefined) return { id, value: secretFile(id, file) };
  const value = process.env[variable ?? id];
  if (value !== undefined) return { id, value: Buffer.from(value) };
  if (variable !== undefined)
    throw new UsageError(`The secret ${id} wants the variable ${variable}, which is not set.`);
  return { id, value: secretFile(id, id) };
}

/** `default[=SOCKET]`: the socket of the agent, by default that of our own environment. */
function sshAgent(text: string): string {
  const [id, ...rest] = text.split('=');
  if (id !== 'default') {
    throw new UsageError(`--ssh ${text} names no agent that can be passed on: default[=SOCKET].`);
  }
  const socket = rest.length > 0 ? rest.join('=') : process.env.SSH_AUTH_SOCK;
  if (socket && statSync(socket, { throwIfNoEntry: false })?.isSocket()) return resolve(socket);
  throw new UsageError(
    `--ssh ${text} finds no SSH agent: ${socket ? `${socket} is no socket` : 'SSH_AUTH_SOCK is not set'}.`,
  );
}

function secretFile(id: string, file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    throw new UsageError(`The secret ${id} cannot be read from ${file}: ${(error as Error).message}.`);
  }
}
