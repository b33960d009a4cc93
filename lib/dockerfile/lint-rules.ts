// The rules that lint holds the Dockerfiles of image extensions to.
import { posix } from 'node:path';
import { BASE_IMAGE } from './inspect-run-dockerfile.js';
import type { Dockerfile, Instruction, Keyword, Position, RunInstruction } from './instruction.js';
import { locate } from './locate.js';
import { parseRunMount } from './run-mount.js';
import { commandsOfRun, pathsWritten } from './shell-commands.js';
import { expandWord } from './words.js';

/** Which of the two Dockerfiles an extension may hand out. */
export type DockerfileKind = 'build' | 'run';

/** What the reference lifecycle refuses is an error; what the specification advises against a warning. */
export type LintLevel = 'error' | 'warning';

/** One rule of lint. */
export interface LintRule {
  name: string;
  kinds: readonly DockerfileKind[];
  level: LintLevel | Record<DockerfileKind, LintLevel>;
  /** Why there is the rule, as a clause behind "because". */
  explanation: string;
  check(dockerfile: Dockerfile): Spot[];
}

/** A place that breaks a rule. */
interface Spot {
  position: Position;
  message: string;
}

const BOTH = ['build', 'run'] as const;
const RECOMMENDED: Keyword[] = [
  'FROM',
  'ADD',
  'ARG',
  'COPY',
  'ENV',
  'LABEL',
  'RUN',
  'SHELL',
  'USER',
  'WORKDIR',
];
/** Where a buildpack build mounts volumes over whatever an extension leaves there. */
const LOST_DIRECTORIES = { '/workspace': 'app', '/layers': 'layers', '/platform': 'platform' };
const APT_LISTS = '/var/lib/apt/lists';

export const RULES: readonly LintRule[] = [
  {
    name: 'preamble',
    kinds: ['build'],
    level: 'error',
    explanation:
      'the lifecycle passes the build image as the build arg base_image, and refuses other preambles',
    check: checkPreamble,
  },
  {
    name: 'undeclared-base',
    kinds: ['run'],
    level: 'error',
    explanation: 'FROM sees only those args that stand before it, and any other is empty',
    check: checkBaseIsDeclared,
  },
  {
    name: 'not-recommended',
    kinds: BOTH,
    level: 'warning',
    explanation: `extensions should keep to ${RECOMMENDED.join(', ')}`,
    check: ({ instructions }) =>
      instructions
        .filter(({ keyword }) => !RECOMMENDED.includes(keyword))
        .map(({ keyword, range }) => ({
          position: range.start,
          message: `${keyword} is not recommended in an extension`,
        })),
  },
  {
    name: 'build-id-default',
    kinds: BOTH,
    level: 'warning',
    explanation: 'a platform other than the lifecycle gives no build_id; 0 keeps the Dockerfile portable',
    check: checkBuildIdDefault,
  },
  {
    name: 'build-id-undeclared',
    kinds: BOTH,
    level: 'warning',
    explanation:
      'a build arg that is not declared behind FROM is empty, and does not keep a layer from being reused',
    check: checkBuildIdDeclared,
  },
  {
    name: 'root-user',
    kinds: BOTH,
    level: { build: 'warning', run: 'error' },
    explanation: "the user in force at the end becomes the image's, which must not run as root",
    check: checkUser,
  },
  {
    name: 'lost-edits',
    kinds: BOTH,
    level: 'warning',
    explanation:
      'volumes lie over the app, layers and platform directories in a build, so changes there are lost',
    check: checkLostEdits,
  },
  {
    name: 'apt-lists',
    kinds: BOTH,
    level: 'warning',
    explanation: "apt's package lists are tens of megabytes that no one reads again",
    check: checkAptLists,
  },
];

function checkPreamble({ instructions }: Dockerfile): Spot[] {
  const at = instructions.findIndex(({ keyword }) => keyword === 'FROM');
  const [arg, ...others] = instructions.slice(0, at);
  const from = instructions[at];
  const spots: Spot[] = [];
  const refuse = (instruction: Instruction | undefined, message: string) =>
    spots.push({ position: instruction?.range.start ?? { line: 1, column: 1 }, message });
  if (arg?.keyword !== 'ARG' || arg.args[0]?.name !== 'base_image') {
    refuse(arg ?? from, 'a build.Dockerfile begins with ARG base_image');
  }
  for (const other of others)
    refuse(other, 'only ARG base_image may stand before FROM; declare other args behind it');
  if (from?.keyword === 'FROM' && from.image !== BASE_IMAGE) {
    refuse(
      from,
      `a build.Dockerfile builds upon the build image: write FROM ${BASE_IMAGE}, not FROM ${from.image}`,
    );
  }
  return spots;
}

function checkBaseIsDeclared(dockerfile: Dockerfile): Spot[] {
  const declared = new Set<string>();
  for (const instruction of dockerfile.instructions) {
    if (instruction.keyword === 'ARG') for (const { name } of instruction.args) declared.add(name);
    if (instruction.keyword !== 'FROM') continue;
    const missing = variablesOf(instruction.image, dockerfile).filter(
      (name) => !declared.has(name) && !/^(BUILD|TARGET)[A-Z]+$/.test(name),
    );
    return missing.map((name) => ({
      position: locate({ dockerfile, instruction, word: instruction.image }),
      message: `${name} is not declared: write ARG ${name} before FROM`,
    }));
  }
  return [];
}

/** The names of the variables in a word. */
function variablesOf(word: string, dockerfile: Dockerfile): string[] {
  const names = new Set<string>();
  expandWord({ word, lookup: (name) => String(names.add(name).size), escape: dockerfile.escape });
  return [...names];
}

function checkBuildIdDefault(dockerfile: Dockerfile): Spot[] {
  const spots: Spot[] = [];
  let hasDefault = false;
  for (const instruction of dockerfile.instructions) {
    if (instruction.keyword !== 'ARG') continue;
    for (const { name, value } of instruction.args) {
      if (name !== 'build_id') continue;
      // A default from before FROM holds for a declaration behind it that has none.
      hasDefault ||= value !== undefined;
      if (!hasDefault) {
        const position = locate({ dockerfile, instruction, word: name });
        spots.push({ position, message: 'build_id has no default: write ARG build_id=0' });
      }
    }
  }
  return spots;
}

function checkBuildIdDeclared(dockerfile: Dockerfile): Spot[] {
  const { instructions } = dockerfile;
  const stage = instructions.slice(instructions.findIndex(({ keyword }) => keyword === 'FROM') + 1);
  for (const instruction of stage) {
    if (instruction.keyword === 'ARG' && instruction.args.some(({ name }) => name === 'build_id')) return [];
    const heredocs = 'heredocs' in instruction ? instruction.heredocs : [];
    const written = [instruction.source, ...heredocs.map(({ content }) => content)].join('\n');
    const [use] = /\$(\{build_id\b|build_id\b)/.exec(written) ?? [];
    if (use === undefined) continue;
    const position = locate({ dockerfile, instruction, word: use });
    return [
      { position, message: 'build_id is used but not declared: write ARG build_id=0 above, behind FROM' },
    ];
  }
  return [];
}

function checkUser({ instructions }: Dockerfile): Spot[] {
  const last = instructions.findLast((instruction) => instruction.keyword === 'USER');
  if (last?.keyword !== 'USER') return [];
  const [user] = last.user.replaceAll(/["']/g, '').split(':');
  if (user !== 'root' && user !== '0') return [];
  return [
    {
      position: last.range.start,
      message:
        'this leaves the user at root; end with ARG user_id, ARG group_id and USER ${user_id}:${group_id}',
    },
  ];
}

function checkLostEdits(dockerfile: Dockerfile): Spot[] {
  const spots: Spot[] = [];
  let workdir = '/';
  for (const instruction of dockerfile.instructions) {
    let paths: string[] = [];
    if (instruction.keyword === 'RUN') paths = commandsOfRun(instruction).flatMap(pathsWritten);
    if (instruction.keyword === 'COPY' || instruction.keyword === 'ADD') paths = [instruction.destination];
    if (instruction.keyword === 'WORKDIR') workdir = posix.resolve(workdir, instruction.path);
    const lost = new Set(paths.filter((path) => lostDirectory(workdir, path)));
    for (const path of lost) {
      const what = lostDirectory(workdir, path);
      const position = locate({ dockerfile, instruction, word: path });
      spots.push({
        position,
        message: `${path} is in the ${what} directory, where changes are lost; write elsewhere`,
      });
    }
  }
  return spots;
}

/** Whether a path is one of the directories over which volumes lie, or below it; which. */
function lostDirectory(workdir: string, path: string): string | undefined {
  const absolute = posix.resolve(workdir, path);
  const found = Object.entries(LOST_DIRECTORIES).find(([directory]) =>
    `${absolute}/`.startsWith(`${directory}/`),
  );
  return found && `${found[1]}`;
}

function checkAptLists(dockerfile: Dockerfile): Spot[] {
  return dockerfile.instructions.flatMap((instruction) => {
    if (instruction.keyword !== 'RUN' || mountsOverAptLists(instruction)) return [];
    const commands = commandsOfRun(instruction);
    const update = commands.findIndex(
      ({ words }) => /(^|\/)(apt|apt-get|aptitude)$/.test(words[0] ?? '') && words.includes('update'),
    );
    const removes = commands
      .slice(update + 1)
      .some(({ words }) => words.slice(1).some((word) => removesLists(words[0]!, word)));
    if (update < 0 || removes) return [];
    const position = locate({ dockerfile, instruction, word: commands[update]!.words[0]! });
    return [
      { position, message: `apt's package lists stay behind: end this RUN with && rm -rf ${APT_LISTS}/*` },
    ];
  });
}

function removesLists(program: string, word: string): boolean {
  return (
    ['rm', 'find'].includes(posix.basename(program)) &&
    (word.startsWith(APT_LISTS) || /^\/var\/lib\/apt\/?\*?$/.test(word))
  );
}

function mountsOverAptLists({ mounts }: RunInstruction): boolean {
  return mounts.some((value) => {
    // With its variables unexpanded a mount may not be readable yet.
    if (value.includes('$')) return value.includes('/var/lib/apt');
    const mount = parseRunMount({ value });
    return (
      ['cache', 'tmpfs'].includes(mount.type) && /^\/var\/lib\/apt(\/lists)?\/?$/.test(mount.target ?? '')
    );
  });
}
