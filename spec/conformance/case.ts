// A conformance case, and the text format that a topic's cases are kept in.
//
//   === name of the case
//   FROM base
//   COPY a /a
//   --- options
//   build-arg A=1
//   --- context
//   a 0600: hello
//
// Sections: `context`, `context NAME` (a `--build-context`), `beside` (files next to the Dockerfile),
// `http` (files that a server at $HTTP gives), `git` (files of a repository at $GIT), `options`.

/** One Dockerfile with all it needs. Trees are lines as `parseTreeLine` reads them. */
export interface ConformanceCase {
  topic: string;
  name: string;
  dockerfile: string;
  context: string[];
  namedContexts: Record<string, string[]>;
  beside: string[];
  http: string[];
  git: string[];
  buildArgs: Record<string, string>;
  secrets: Record<string, string>;
  /** Why we refuse what BuildKit accepts; `undefined` where we do as BuildKit does. */
  refused?: string;
  /** The line that a refusal names, where BuildKit names a worse one. */
  line?: number;
  /** Docker's sentence that the expectation comes from, where it does not come from a run of BuildKit. */
  reference?: string;
}

/**
 * Reads all cases of a topic.
 * @throws where a section or an option is unknown, or two cases share a name.
 */
export function parseCases(topic: string, text: string): ConformanceCase[] {
  const cases = text
    .split(/^=== /m)
    .slice(1)
    .map((part) => parseCase(topic, part));
  const names = new Set<string>();
  for (const { name } of cases) {
    if (names.has(name)) throw new Error(`${topic} has two cases named ${name}`);
    names.add(name);
  }
  return cases;
}

function parseCase(topic: string, text: string): ConformanceCase {
  const [head, ...sections] = text.replace(/\n+$/, '\n').split(/^--- /m);
  const nameEnd = head!.indexOf('\n');
  const parsed: ConformanceCase = {
    topic,
    name: head!.slice(0, nameEnd).trim(),
    dockerfile: head!.slice(nameEnd + 1),
    context: [],
    namedContexts: {},
    beside: [],
    http: [],
    git: [],
    buildArgs: {},
    secrets: {},
  };
  for (const section of sections) {
    const [title, ...rest] = section.split('\n');
    const lines = rest.filter((line) => line.trim() !== '');
    const [kind, name] = title!.trim().split(' ');
    if (kind === 'context' && name !== undefined) parsed.namedContexts[name] = lines;
    else if (kind === 'context' || kind === 'beside' || kind === 'http' || kind === 'git')
      parsed[kind] = lines;
    else if (kind === 'options') for (const line of lines) readOption(parsed, line);
    else throw new Error(`${topic}: ${parsed.name}: there is no section ${kind}`);
  }
  return parsed;
}

/** `build-arg K=V`, `secret ID=VALUE`, `text JSON` (the Dockerfile, where it has odd bytes), `refused WHY`, `line N`, `reference SENTENCE`. */
function readOption(parsed: ConformanceCase, line: string): void {
  const [option, ...words] = line.split(' ');
  const value = words.join(' ');
  const equals = value.indexOf('=');
  const pair: [string, string] = [value.slice(0, equals), value.slice(equals + 1)];
  if (option === 'build-arg') parsed.buildArgs[pair[0]] = pair[1];
  else if (option === 'secret') parsed.secrets[pair[0]] = pair[1];
  else if (option === 'text') parsed.dockerfile = JSON.parse(value) as string;
  else if (option === 'line') parsed.line = Number(value);
  else if (option === 'refused') parsed.refused = value;
  else if (option === 'reference') parsed.reference = value;
  else throw new Error(`${parsed.topic}: ${parsed.name}: there is no option ${option}`);
}
