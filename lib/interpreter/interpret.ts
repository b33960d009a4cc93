// Goes through the instructions of a Dockerfile in order, yielding each as a step that is ready to be taken:
// words evaluated, the rootfs not yet touched. Who consumes the steps decides where layers end.
import { evaluateInstruction } from '../dockerfile/evaluate.js';
import type { Dockerfile, FromInstruction, Instruction } from '../dockerfile/instruction.js';
import { parseDockerfile } from '../dockerfile/parse.js';
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
  /** Carries it out. To be called once, before the next step is asked for. */
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
 * The steps of a Dockerfile.
 * @throws InstructionError from `execute`, DockerfileError where a word cannot be evaluated.
 */
export async function* interpret(options: InterpretOptions): AsyncGenerator<Step, void, void> {
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
  for (const { instruction: raw, file } of [...inheritedTriggers(session), ...own(dockerfile, from)]) {
    session.signal.throwIfAborted();
    const variablesUsed = new Set<string>();
    const lookup = (name: string) => {
      variablesUsed.add(name);
      return session.environment.get(name);
    };
    const place = { instruction: raw, dockerfile: file };
    const instruction = raw.keyword === 'ARG' ? raw : evaluateInstruction({ ...place, lookup });
    yield {
      instruction,
      createdBy: createdBy(instruction, session.config),
      changesFiles: changesFiles(instruction),
      variablesUsed,
      execute: async () => {
        if (instruction.keyword === 'ARG') {
          declareArgs({ instruction, dockerfile: file }, buildArgs, session.environment, globals);
          return;
        }
        try {
          const config = evolveConfig(session.config, instruction, cmdIsSet);
          await executeOnFiles(instruction, session);
          session.config = config;
        } catch (cause) {
          session.signal.throwIfAborted();
          throw new InstructionError(file, instruction, cause);
        }
        if (instruction.keyword === 'ENV') {
          for (const { key, value } of instruction.variables) session.environment.set(key, value);
        }
        if (instruction.keyword === 'CMD') cmdIsSet = true;
      },
    };
  }
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
