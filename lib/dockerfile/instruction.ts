// The nouns of a Dockerfile: a discriminated union over its 18 instructions.
//
// The parser yields them with every word *raw*: variables unexpanded, quotes and escapes kept.
// `evaluate` turns a raw instruction into one of the same type whose words are final.

/** A place in the Dockerfile: line and column count from 1, columns in UTF-16 code units. */
export interface Position {
  line: number;
  column: number;
}

/** From the first character of something to just after its last. */
export interface SourceRange {
  start: Position;
  end: Position;
}

/** The character that escapes and continues lines, set by the `escape` directive. */
export type EscapeCharacter = '\\' | '`';

/** A here-document: for COPY and ADD a file called `name`. */
export interface Heredoc {
  name: string;
  /** Ends with a newline unless it is empty; tabs are already stripped for `<<-`. */
  content: string;
  /** The body as written and the name that ends it: what a shell has to be given behind the line. */
  source: string;
  /** Whether variables in `content` expand when it is a COPY source: false where the delimiter was quoted. */
  expand: boolean;
  range: SourceRange;
}

/** What RUN, CMD, ENTRYPOINT and the HEALTHCHECK run: a line for the shell, or arguments for execve. */
export type Command = { form: 'shell'; line: string } | { form: 'exec'; argv: string[] };

/** One `key=value`; both raw until evaluated. */
export interface KeyValue {
  key: string;
  value: string;
}

interface Base<K extends string> {
  keyword: K;
  /** Where it stands, its heredocs included. */
  range: SourceRange;
  /** The instruction as written, continuation lines included, heredoc bodies not. */
  source: string;
}

export interface FromInstruction extends Base<'FROM'> {
  image: string;
  platform?: string;
  stage?: string;
}
export interface ArgInstruction extends Base<'ARG'> {
  /** `value` is absent where the ARG has no default. */
  args: { name: string; value?: string }[];
}
export interface EnvInstruction extends Base<'ENV'> {
  variables: KeyValue[];
}
export interface RunInstruction extends Base<'RUN'> {
  /**
   * The line as written, heredoc operators included; never expanded by us. BuildKit runs it so: where the line
   * is one heredoc and nothing else (`heredocAlone`), a `content` that begins with `#!` becomes the executable
   * `/dev/pipes/<name>`, whose path is then the shell's line, and any other `content` is itself the shell's
   * line; else the shell gets the line and each heredoc's `source`, joined by newlines.
   */
  command: Command;
  heredocs: Heredoc[];
  /** `RUN <<EOF` with nothing else on the line. */
  heredocAlone: boolean;
  /** The values of the `--mount` flags, in order, e.g. `type=cache,target=/var/cache/apt`: for `parseRunMount`. */
  mounts: string[];
  /** Absent where the flag was not given: `default`. */
  network?: 'default' | 'none' | 'host';
}
interface Transfer {
  /** Everything but the destination; a heredoc source appears in `heredocs` instead. */
  sources: string[];
  destination: string;
  heredocs: Heredoc[];
  chown?: string;
  chmod?: string;
  link: boolean;
  parents: boolean;
  excludes: string[];
}
export interface CopyInstruction extends Base<'COPY'>, Transfer {
  from?: string;
}
export interface AddInstruction extends Base<'ADD'>, Transfer {
  checksum?: string;
  keepGitDir: boolean;
  /** Absent where the flag was not given: local archives unpack, remote ones do not. */
  unpack?: boolean;
}
export interface WorkdirInstruction extends Base<'WORKDIR'> {
  path: string;
}
export interface UserInstruction extends Base<'USER'> {
  user: string;
}
export interface LabelInstruction extends Base<'LABEL'> {
  labels: KeyValue[];
}
export interface ShellInstruction extends Base<'SHELL'> {
  shell: string[];
}
export interface CmdInstruction extends Base<'CMD'> {
  command: Command;
}
export interface EntrypointInstruction extends Base<'ENTRYPOINT'> {
  command: Command;
}
export interface ExposeInstruction extends Base<'EXPOSE'> {
  ports: string[];
}
export interface VolumeInstruction extends Base<'VOLUME'> {
  paths: string[];
}
export interface StopsignalInstruction extends Base<'STOPSIGNAL'> {
  signal: string;
}
export interface HealthcheckInstruction extends Base<'HEALTHCHECK'> {
  /** `none` switches an inherited check off. */
  check: 'none' | Command;
  /** Go durations as written, e.g. `1m30s`: for `parseGoDuration`. */
  interval?: string;
  timeout?: string;
  startPeriod?: string;
  startInterval?: string;
  retries?: number;
}
export interface OnbuildInstruction extends Base<'ONBUILD'> {
  /** The trigger as written, without the keyword ONBUILD. */
  trigger: string;
}
export interface MaintainerInstruction extends Base<'MAINTAINER'> {
  name: string;
}

export type Instruction =
  | FromInstruction
  | ArgInstruction
  | EnvInstruction
  | RunInstruction
  | CopyInstruction
  | AddInstruction
  | WorkdirInstruction
  | UserInstruction
  | LabelInstruction
  | ShellInstruction
  | CmdInstruction
  | EntrypointInstruction
  | ExposeInstruction
  | VolumeInstruction
  | StopsignalInstruction
  | HealthcheckInstruction
  | OnbuildInstruction
  | MaintainerInstruction;

export type Keyword = Instruction['keyword'];

/** A Dockerfile as parsed. */
export interface Dockerfile {
  /** What errors call it: usually the path it was read from. */
  name: string;
  /** The whole text, for showing lines in errors. */
  text: string;
  escape: EscapeCharacter;
  instructions: Instruction[];
}
