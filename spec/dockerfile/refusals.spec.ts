import { parseDockerfile } from '../../lib/dockerfile/parse.js';
import type { DockerfileError, Problem } from '../../lib/dockerfile/problem.js';

function problemsOf(text: string): readonly Problem[] {
  try {
    parseDockerfile({ text, name: 'run.Dockerfile' });
  } catch (error) {
    expect(error).toHaveProperty('name', 'DockerfileError');
    return (error as DockerfileError).problems;
  }
  return [];
}

describe('a Dockerfile is refused', () => {
  it.each([
    // Instructions and flags.
    ['RUM a', 1, /no instruction RUM \(did you mean RUN\?\)/],
    ['Copi a b', 1, /did you mean COPY\?/],
    ['NONSENSE', 1, /no instruction NONSENSE$/],
    ['RUN --mont=type=tmpfs a', 5, /--mont is no flag of RUN \(did you mean --mount\?\)/],
    ['WORKDIR --x /a', 9, /--x is no flag of WORKDIR, which takes no flags/],
    ['COPY --chown a /b', 6, /--chown needs a value/],
    ['COPY --link=maybe a /b', 6, /--link is either true or false, not maybe/],
    ['COPY --chown=a --chown=b a /b', 16, /--chown is given a second time/],
    ['COPY --chown="a b /c', 6, /quote in --chown is never closed/],
    ['COPY --from=$x a /b', 1, /--from=\$x: no variables/],
    ['RUN --network=hots a', 5, /default, none or host, not hots \(did you mean host\?\)/],
    ['RUN --security=insecure a', 5, /insecure would give/],
    ['RUN --security=x a', 5, /only sandbox/],
    ['RUN --device=gpu a', 5, /--device is not supported/],
    ['HEALTHCHECK --interval=5 CMD a', 13, /duration like 1m30s or 500ms, not 5/],
    ['HEALTHCHECK --timeout=1ns CMD a', 13, /less than a millisecond/],
    ['HEALTHCHECK --retries=-1 CMD a', 13, /whole number/],
    // Missing and superfluous arguments.
    ['RUN', 1, /RUN needs a command/],
    ['RUN []', 5, /not an empty array/],
    ['CMD', 1, /CMD needs a command/],
    ['COPY', 1, /needs at least one argument/],
    ['COPY a', 1, /needs a source and a destination/],
    ['ADD ["a"]', 1, /needs a source and a destination/],
    ['ENV', 1, /needs at least one name=value/],
    ['ENV a', 5, /ENV a needs a value/],
    ['ENV a=b c', 9, /c has no =/],
    ['ENV =b', 5, /needs a name before the =/],
    ['LABEL a', 7, /needs a value/],
    ['ARG', 1, /at least one argument/],
    ['ARG =a', 5, /name before the =/],
    ['WORKDIR', 1, /needs an argument/],
    ['USER', 1, /needs an argument/],
    ['EXPOSE', 1, /at least one argument/],
    ['VOLUME []', 1, /at least one argument/],
    ['VOLUME ["/a", ""]', 8, /empty word/],
    ['SHELL /bin/bash -c', 7, /needs a JSON array/],
    ['SHELL []', 7, /needs a JSON array/],
    ['RUN ["a", 1]', 5, /strings only/],
    ['HEALTHCHECK', 1, /needs CMD and a command, or NONE/],
    ['HEALTHCHECK CMD', 13, /CMD needs a command/],
    ['HEALTHCHECK NONE a', 18, /takes no arguments/],
    ['HEALTHCHECK RUN a', 13, /takes CMD or NONE, not RUN/],
    ['ONBUILD', 1, /needs an instruction/],
    ['ONBUILD ONBUILD RUN a', 9, /another ONBUILD/],
    ['ONBUILD FROM a', 9, /cannot trigger FROM/],
    ['ONBUILD RUM a', 9, /did you mean RUN/],
    // Words.
    ['ENV a="b', 7, /quote " that opens here is never closed/],
    ["LABEL a='b", 9, /quote ' that opens here/],
    ['COPY "a b" /c', 6, /never closed/],
    ['WORKDIR /a/${b', 12, /closing } is awaited/],
    ['USER ${a:=b}', 6, /no known substitution/],
    ['ENV \\\n  a="b \\\n  c', 1, /never closed/],
    // Heredocs.
    ['RUN <<EOF\na', 5, /heredoc EOF is never closed/],
    ['COPY a <<EOF\na\nEOF', 8, /destination behind its heredocs/],
    ["COPY <<EOF it's /a\nx\nEOF", 6, /heredoc <<EOF cannot be read/],
    // Mounts.
    ['RUN --mount=type=cach,target=/a b', 1, /no mount type cach \(did you mean cache\?\)/],
    ['RUN --mount=type=cache,tarket=/a b', 1, /tarket is no option of --mount \(did you mean target\?\)/],
  ])('%j', (body, column, message) => {
    const [problem] = problemsOf(`FROM x\n${body}\n`).filter(({ position }) => position.line < 5);
    expect(problem?.message).toMatch(message);
    if (!body.startsWith('ENV \\')) expect(problem!.position).toEqual({ line: 2, column });
  });

  it.each([
    ['', 1, 1, /has no instructions/],
    ['# only a comment\n', 1, 1, /has no instructions/],
    ['ARG a\n', 1, 1, /no FROM/],
    ['RUN a\nRUN b\n', 1, 1, /RUN stands before FROM/],
    ['FROM\n', 1, 1, /needs the name of an image/],
    ['FROM a b\n', 1, 8, /at most AS and a name/],
    ['FROM a AS 1\n', 1, 11, /cannot name a stage/],
    ['FROM a\nRUN b\n FROM c\n', 3, 2, /a second FROM/],
    ['# escape=x\nFROM a\n', 1, 1, /escape character can only be/],
    ['# escape=`\n # escape=`\nFROM a\n', 2, 2, /a second time/],
  ])('%j', (text, line, column, message) => {
    const problems = problemsOf(text);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatchObject({
      position: { line, column },
      message: expect.stringMatching(message),
    });
  });

  it('with all that is wrong in it, in order, each with its line and a caret', () => {
    const text = 'FROM x\nRUM a\nRUN \\\n  --netork=none \\\n  b\nWORKDIR\n';
    expect(() => parseDockerfile({ text, name: 'run.Dockerfile' })).toThrow(
      [
        'run.Dockerfile:2:1: there is no instruction RUM (did you mean RUN?)',
        '  2 | RUM a',
        '      ^',
        'run.Dockerfile:4:3: --netork is no flag of RUN (did you mean --network?); it has --mount, --network, --security, --device',
        '  4 |   --netork=none \\',
        '        ^',
        'run.Dockerfile:6:1: WORKDIR needs an argument',
        '  6 | WORKDIR',
        '      ^',
      ].join('\n'),
    );
  });
});
