// What the image's history says of an instruction: BuildKit's wording, less the values of build args that it
// puts before a RUN, because an image config is no place for a value that was handed to one build.
import type { Command, Instruction, KeyValue } from '../dockerfile/instruction.js';
import type { ContainerConfig } from './config.js';
import { nextWorkingDir, shellOf } from './evolve.js';

/** The `created_by` of an evaluated instruction; `config` is the image's from before it. */
export function createdBy(instruction: Instruction, config: ContainerConfig): string {
  switch (instruction.keyword) {
    case 'RUN': {
      const { command, heredocs } = instruction;
      const bodies = heredocs.map(({ content, name }) => `\n${content}${name}`).join('');
      return `RUN ${argvOf(command, config).join(' ')}${bodies}`;
    }
    case 'COPY':
    case 'ADD':
      return `${instruction.keyword} ${[...instruction.sources, ...instruction.heredocs.map(({ name }) => `<<${name}`), instruction.destination].join(' ')}`;
    case 'CMD':
    case 'ENTRYPOINT': {
      const quoted = argvOf(instruction.command, config).map((word) => JSON.stringify(word));
      return `${instruction.keyword} [${quoted.join(' ')}]`;
    }
    case 'ARG':
      return `ARG ${instruction.args.map(({ name }) => name).join(' ')}`;
    case 'ENV':
      return `ENV ${pairs(instruction.variables)}`;
    case 'LABEL':
      return `LABEL ${pairs(instruction.labels)}`;
    case 'WORKDIR':
      return `WORKDIR ${nextWorkingDir(config, instruction.path)}`;
    case 'USER':
      return `USER ${instruction.user}`;
    case 'SHELL':
      return `SHELL [${instruction.shell.join(' ')}]`;
    case 'EXPOSE':
      return `EXPOSE [${instruction.ports.join(' ')}]`;
    case 'VOLUME':
      return `VOLUME [${instruction.paths.join(' ')}]`;
    case 'STOPSIGNAL':
      return `STOPSIGNAL ${instruction.signal}`;
    case 'MAINTAINER':
      return `MAINTAINER ${instruction.name}`;
    default:
      return instruction.source;
  }
}

function argvOf(command: Command, config: ContainerConfig): string[] {
  return command.form === 'exec' ? command.argv : [...shellOf(config), command.line];
}

function pairs(list: KeyValue[]): string {
  return list.map(({ key, value }) => `${key}=${value}`).join(' ');
}
