// Goes through the instructions of a Dockerfile in order and makes each a step that is ready to be taken: words
// evaluated, what it sees known, the rootfs not yet touched. Who takes the steps decides where layers end, and
// which need not be taken because their layer is there already.
import { evaluateInstruction } from '../dockerfile/evaluate.js';
import type { Dockerfile, FromInstruction, Instruction } from '../dockerfile/instruction.js';
import { parseDockerfile } from '../dockerfile/parse.js';
import type { ContainerConfig } from '../image/config.js';
import { createdBy } from '../image/created-by.js';
import { evolveConfig } from '../image/evolve.js';
import { declareArgs } from './arguments.js';
import { executeCopy } from './copy.js';
import { InstructionError } from './instruction-error.js';
import { executeRun } from './run.js';
import type { BuildSession } from './session.js';
import { executeWorkdir } from './workdir.js';

/** One instruction, about to be executed. */
export interface Step {
  /** With its words evaluated. */
  instruction: Instruction;
  /** For the image's history. */
  createdBy: string;
  /** Whether it may change the root filesystem. */
  changesFiles: boolean;
  /** The variables that were asked for while its words were evaluated; RUN may see any of them besides. */
  variablesUsed: ReadonlySet<string>;
  /** The image's config before it. */
  config: ContainerConfig;
  /** The image's config after it. */
  nextConfig: ContainerConfig;
  /** The variables before it, see `BuildSession`; to be relied on only where it may change files. */
  environment: Map<string, string>;
  /** Does to the root filesystem what it says; to be called once the steps before it are done. */
  execute(): Promise<void>;
}

/** Whether an instruction may change the root filesystem; the others speak of the image config alone. */
export function changesFiles({ keyword }: Instruction): boolean {
  return ['RUN', 'COPY', 'ADD', 'WORKDIR'].includes(keyword);
}

export interface InterpretOptions {
  dockerfile: Dockerfile;
  session: BuildSession;
  /** Build args by name. */
  buildArgs: Readonly<Record<string, string>>;
  /** What every FROM and every ARG without a default sees: see `platformArgs`. */
  predefined: ReadonlyMap<string, string>;
}

/**
 * The steps of a Dockerfile. Nothing that an instruction does to the root filesystem bears on what a later one
 * says, so all of them are known, and what is wrong with their words is found, before the first is executed.
 * @throws InstructionError, from `execute` too; DockerfileError where a word cannot be evaluated.
 */
export function interpret(options: InterpretOptions): Step[] {
  const { dockerfile, session, buildArgs, predefined } = options;
  const globals = new Map(predefined);
  for (const name of predefined.keys())
    if (Object.hasOwn(buildArgs, name)) globals.set(name, buildArgs[name]!);

  const from = dockerfile.instructions.findIndex(({ keyword }) => keyword === 'FROM');
  for (const instruction of dockerfile.instructions.slice(0, from)) {
    if (instruction.keyword === 'ARG') declareArgs({ instruction, dockerfile }, buildArgs, globals, globals);
  }
  checkBase(dockerfile, dockerfile.instructions[from] as FromInstruction, globals);

  let cmdIsSet = false;
  const triggers = inheritedTriggers(session);
  let { config, environment } = session;
  // A copy for every ENV and ARG would take memory with the square of their number.
  let environmentIsTaken = true;
  const writableEnvironment = () => {
    if (environmentIsTaken) environment = new Map(environment);
    environmentIsTaken = false;
    return environment;
  };
  return [...triggers, ...own(dockerfile, from)].map(({ instruction: raw, file }) => {
    const before = { config, environment };
    const variablesUsed = new Set<string>();
    const lookup = (name: string) => {
      variablesUsed.add(name);
      return before.environment.get(name);
    };
    const place = { instruction: raw, dockerfile: file };
    const instruction = raw.keyword === 'ARG' ? raw : evaluateInstruction({ ...place, lookup });
    if (instruction.keyword === 'ARG') {
      declareArgs({ instruction, dockerfile: file }, buildArgs, writableEnvironment(), globals);
    } else if (instruction.keyword === 'ENV') {
      const variables = writableEnvironment();
      for (const { key, value } of instruction.variables) variables.set(key, value);
    } else if (instruction.keyword === 'CMD') cmdIsSet = true;
    try {
      config = evolveConfig(before.config, instruction, cmdIsSet);
    } catch (cause) {
      throw new InstructionError(file, instruction, cause);
    }
    environmentIsTaken ||= changesFiles(instruction);
    return {
      instruction,
      createdBy: createdBy(instruction, before.config),
      changesFiles: changesFiles(instruction),
      variablesUsed,
      ...before,
      nextConfig: config,
      execute: async () => {
        session.signal.throwIfAborted();
        Object.assign(session, before);
        try {
          await executeOnFiles(instruction, session);
        } catch (cause) {
          session.signal.throwIfAborted();
          throw new InstructionError(file, instruction, cause);
        }
      },
    };
  });
}

async function executeOnFiles(instruction: Instruction, session: BuildSession): Promise<void> {
  switch (instruction.keyword) {
    case 'RUN':
      return executeRun({ instruction, session });
    case 'COPY':
      return executeCopy({ instruction, session });
    case 'ADD': {
      // Loaded when it is met: what reads archives and calls git takes longer to load than all the rest.
      const { executeAdd } = await import('./add.js');
      return executeAdd({ instruction, session });
    }
    case 'WORKDIR':
      return executeWorkdir({ instruction, session });
  }
}

/** FROM pulls nothing: the root filesystem is taken to be the image that it names. */
function checkBase(
  dockerfile: Dockerfile,
  from: FromInstruction,
  globals: ReadonlyMap<string, string>,
): void {
  const { image } = evaluateInstruction({
    instruction: from,
    dockerfile,
    lookup: (name) => globals.get(name),
  }) as FromInstruction;
  if (image === '') {
    throw new InstructionError(
      dockerfile,
      from,
      new Error(
        `The image name is empty once '${from.image}' is expanded: give the build arg it stands for.`,
      ),
    );
  }
}

interface Placed {
  instruction: Instruction;
  file: Dockerfile;
}

function own(dockerfile: Dockerfile, from: number): Placed[] {
  return dockerfile.instructions.slice(from + 1).map((instruction) => ({ instruction, file: dockerfile }));
}

/** The ONBUILD triggers of the base image, which run before anything else and are then used up. */
function inheritedTriggers(session: BuildSession): Placed[] {
  const { OnBuild: triggers, ...config } = session.config;
  session.config = config;
  return (triggers ?? []).flatMap((trigger) => {
    const file = parseDockerfile({ text: `FROM scratch\n${trigger}`, name: "the base image's ONBUILD" });
    return file.instructions.slice(1).map((instruction) => ({ instruction, file }));
  });
}
