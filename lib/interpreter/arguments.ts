// ARG: which build args a Dockerfile sees, and with what value.
// https://docs.docker.com/reference/dockerfile/#arg
import { evaluateInstruction } from '../dockerfile/evaluate.js';
import type { ArgInstruction, Dockerfile } from '../dockerfile/instruction.js';

/** The args that RUN sees without a declaration, and that the image's history never shows. */
const proxyNames = ['HTTP_PROXY', 'HTTPS_PROXY', 'FTP_PROXY', 'NO_PROXY', 'ALL_PROXY'];

/** Those of the build args that are proxies: each name in the case in which it was given. */
export function proxyArgs(buildArgs: Readonly<Record<string, string>>): Map<string, string> {
  return new Map(Object.entries(buildArgs).filter(([name]) => proxyNames.includes(name.toUpperCase())));
}

/** `TARGETPLATFORM` and its family: what FROM sees, and what an ARG without a default takes. */
export function platformArgs(platform: {
  os: string;
  architecture: string;
  variant?: string | undefined;
}): Map<string, string> {
  const { os, architecture, variant = '' } = platform;
  const name = [os, architecture, ...(variant === '' ? [] : [variant])].join('/');
  const family = { PLATFORM: name, OS: os, OSVERSION: '', ARCH: architecture, VARIANT: variant };
  const entries = Object.entries(family).flatMap(([suffix, value]) => [
    [`BUILD${suffix}`, value] as const,
    [`TARGET${suffix}`, value] as const,
  ]);
  return new Map([...entries, ['TARGETSTAGE', 'default']]);
}

/**
 * Declares the args of one ARG: a build arg's value, else the default, else the value from before FROM.
 * @param scope what the declaration sets and defaults see: the args before FROM, or the stage's environment.
 * @param inherited the args from before FROM, for those without a default.
 */
export function declareArgs(
  { instruction, dockerfile }: { instruction: ArgInstruction; dockerfile: Dockerfile },
  buildArgs: Readonly<Record<string, string>>,
  scope: Map<string, string>,
  inherited: ReadonlyMap<string, string>,
): void {
  for (const arg of instruction.args) {
    const value = Object.hasOwn(buildArgs, arg.name)
      ? buildArgs[arg.name]
      : arg.value === undefined
        ? inherited.get(arg.name)
        : defaultOf({ ...instruction, args: [arg] }, dockerfile, scope);
    if (value !== undefined) scope.set(arg.name, value);
  }
}

function defaultOf(
  instruction: ArgInstruction,
  dockerfile: Dockerfile,
  scope: ReadonlyMap<string, string>,
): string | undefined {
  const evaluated = evaluateInstruction({ instruction, dockerfile, lookup: (name) => scope.get(name) });
  return (evaluated as ArgInstruction).args[0]?.value;
}
