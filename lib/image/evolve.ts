// How instructions change an image config. Pure: an evaluated instruction and a config in, a new config out.
// The rules are those of BuildKit's Dockerfile frontend.
import { constants } from 'node:os';
import { posix } from 'node:path';
import { parseGoDuration } from '../dockerfile/duration.js';
import type { Command, HealthcheckInstruction, Instruction } from '../dockerfile/instruction.js';
import type { ContainerConfig, Healthcheck } from './config.js';
import { exposedPorts } from './ports.js';

/** The PATH of an image that sets none. */
export const defaultPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

const defaultShell = ['/bin/sh', '-c'];

/** What an image config starts from where there is no base image. */
export const emptyConfig: ContainerConfig = { Env: [`PATH=${defaultPath}`] };

/** The words that start a shell-form command: of SHELL, or Docker's default. */
export function shellOf(config: ContainerConfig): string[] {
  return config.Shell?.length ? config.Shell : defaultShell;
}

/** `NAME=value` as its two parts: only the first `=` divides. */
export function splitVariable(variable: string): [name: string, value: string] {
  const equals = variable.indexOf('=');
  return equals < 0 ? [variable, ''] : [variable.slice(0, equals), variable.slice(equals + 1)];
}

/** The variables with one more, or with one replaced where it stood. */
export function setVariable(variables: readonly string[], name: string, value: string): string[] {
  const entry = `${name}=${value}`;
  const at = variables.findIndex((variable) => splitVariable(variable)[0] === name);
  return at < 0 ? [...variables, entry] : variables.with(at, entry);
}

/**
 * What a WORKDIR makes of the working directory. BuildKit writes an absolute path as it stands and tidies only
 * what it joins.
 */
export function nextWorkingDir(config: ContainerConfig, path: string): string {
  const current = posix.resolve('/', config.WorkingDir ?? '');
  if (path === '') return current;
  return posix.isAbsolute(path) ? path : posix.resolve(current, path);
}

/**
 * The config after an instruction; instructions that say nothing of the config leave it as it is.
 * @param instruction with its words evaluated.
 * @param cmdIsSet whether a CMD of the same Dockerfile came before: only then does ENTRYPOINT leave CMD alone.
 * @throws Error with a sentence for a bad port, signal or duration.
 */
export function evolveConfig(
  config: ContainerConfig,
  instruction: Instruction,
  cmdIsSet: boolean,
): ContainerConfig {
  switch (instruction.keyword) {
    case 'ENV': {
      let variables = config.Env ?? [];
      for (const { key, value } of instruction.variables) variables = setVariable(variables, key, value);
      return { ...config, Env: variables };
    }
    case 'LABEL': {
      const labels = instruction.labels.map(({ key, value }) => [key, value] as const);
      return { ...config, Labels: { ...config.Labels, ...Object.fromEntries(labels) } };
    }
    case 'WORKDIR':
      return { ...config, WorkingDir: nextWorkingDir(config, instruction.path) };
    case 'USER':
      return { ...config, User: instruction.user };
    case 'SHELL':
      return { ...config, Shell: instruction.shell };
    case 'CMD':
      return withCommand({ ...config, ArgsEscaped: true }, 'Cmd', argvOf(config, instruction.command));
    case 'ENTRYPOINT': {
      const { Cmd, ...rest } = config;
      return withCommand(cmdIsSet ? config : rest, 'Entrypoint', argvOf(config, instruction.command));
    }
    case 'EXPOSE': {
      const ports = instruction.ports.flatMap(exposedPorts).map((port) => [port, {}] as const);
      return { ...config, ExposedPorts: { ...config.ExposedPorts, ...Object.fromEntries(ports) } };
    }
    case 'VOLUME': {
      if (instruction.paths.includes('')) throw new Error('VOLUME needs a path, and this one is empty');
      const volumes = instruction.paths.map((path) => [path, {}] as const);
      return { ...config, Volumes: { ...config.Volumes, ...Object.fromEntries(volumes) } };
    }
    case 'STOPSIGNAL':
      checkSignal(instruction.signal);
      return { ...config, StopSignal: instruction.signal };
    case 'HEALTHCHECK':
      return { ...config, Healthcheck: healthcheckOf(instruction) };
    case 'ONBUILD':
      return { ...config, OnBuild: [...(config.OnBuild ?? []), instruction.trigger] };
    default:
      return config;
  }
}

/** A config with a command; an empty one is none, and Docker's JSON leaves it out. */
function withCommand(config: ContainerConfig, field: 'Cmd' | 'Entrypoint', argv: string[]): ContainerConfig {
  const { [field]: _replaced, ...rest } = config;
  return argv.length === 0 ? rest : { ...rest, [field]: argv };
}

function argvOf(config: ContainerConfig, command: Command): string[] {
  return command.form === 'exec' ? command.argv : [...shellOf(config), command.line];
}

function healthcheckOf(instruction: HealthcheckInstruction): Healthcheck {
  const { check } = instruction;
  if (check === 'none') return { Test: ['NONE'] };
  const durations = {
    Interval: instruction.interval,
    Timeout: instruction.timeout,
    StartPeriod: instruction.startPeriod,
    StartInterval: instruction.startInterval,
  };
  const health: Healthcheck = {
    Test: check.form === 'exec' ? ['CMD', ...check.argv] : ['CMD-SHELL', check.line],
  };
  for (const [field, text] of Object.entries(durations)) {
    const value = text === undefined ? 0 : parseGoDuration(text);
    if (value === undefined) throw new Error(`HEALTHCHECK takes durations like 30s or 1m30s, not '${text}'`);
    if (value !== 0) health[field as keyof typeof durations] = value;
  }
  const retries = Number(instruction.retries ?? 0);
  if (retries !== 0) health.Retries = retries;
  return health;
}

/** Docker takes a signal's name with or without SIG in either case, SIGRTMIN+n, or a number above 0. */
function checkSignal(signal: string): void {
  const name = signal.toUpperCase().replace(/^SIG/, '');
  const known = `SIG${name}` in constants.signals || ['CLD', 'STKFLT', 'RTMIN', 'RTMAX'].includes(name);
  const realTime = /^RTM(?:IN\+(?:[1-9]|1[0-5])|AX-(?:[1-9]|1[0-4]))$/.test(name);
  if (known || realTime || (/^\d+$/.test(signal) && Number(signal) > 0)) return;
  throw new Error(`STOPSIGNAL takes a signal like SIGTERM, TERM or 15, not '${signal}'`);
}
