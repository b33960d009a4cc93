import { evaluateInstruction } from '../../lib/dockerfile/evaluate.js';
import { parseDockerfile } from '../../lib/dockerfile/parse.js';

const variables: Record<string, string> = { A: 'one', B: 'b c', P: '8080', COMMA: 'x,id=y', E: '' };

function evaluate(body: string, name = 'Dockerfile') {
  const dockerfile = parseDockerfile({ text: `FROM x\n${body}`, name });
  const [, instruction] = dockerfile.instructions;
  return evaluateInstruction({ instruction: instruction!, dockerfile, lookup: (name) => variables[name] });
}

describe('evaluated', () => {
  it.each([
    [
      'ENV $A=$B "x y"=\'$A\' z=a\\ b',
      {
        variables: [
          { key: 'one', value: 'b c' },
          { key: 'x y', value: '$A' },
          { key: 'z', value: 'a b' },
        ],
      },
    ],
    // One line sees the values from before it.
    [
      'ENV A=two C=$A',
      {
        variables: [
          { key: 'A', value: 'two' },
          { key: 'C', value: 'one' },
        ],
      },
    ],
    ['ENV a "$B"', { variables: [{ key: 'a', value: 'b c' }] }],
    ['LABEL l="$A"', { labels: [{ key: 'l', value: 'one' }] }],
    ['ARG $A=$B c', { args: [{ name: '$A', value: 'b c' }, { name: 'c' }] }],
    ['WORKDIR /$A/"$B"', { path: '/one/b c' }],
    ['USER $A:${NONE:-0}', { user: 'one:0' }],
    ['VOLUME /$A "/$A"', { paths: ['/one', '/one'] }],
    ['VOLUME ["/$A"]', { paths: ['/one'] }],
    ['STOPSIGNAL ${NONE:-TERM}', { signal: 'TERM' }],
    ['EXPOSE $P/udp $B', { ports: ['8080/udp', 'b', 'c'] }],
    [
      'COPY --chown=$A:$A --chmod=$NONE --exclude=$A $A "b" /$A/',
      { sources: ['one', 'b'], destination: '/one/', chown: 'one:one', excludes: ['$A'] },
    ],
    ['COPY ["$A", "/x y/$A"]', { sources: ['one'], destination: '/x y/one' }],
    [
      'COPY <<$A <<"q" /\n$A "$A" \\$A\n$A\n$A\nq',
      {
        heredocs: [
          { name: '$A', content: 'one "one" $A\n' },
          { name: 'q', content: '$A\n' },
        ],
      },
    ],
    ['ADD --checksum=$A $A /', { checksum: 'one', sources: ['one'] }],
    [
      'RUN --mount=type=cache,id=$COMMA,target=/$A $A',
      { command: { form: 'shell', line: '$A' }, mounts: ['type=cache,"id=x,id=y",target=/one'] },
    ],
    ['RUN <<EOF\n$A\nEOF', { heredocs: [{ content: '$A\n' }] }],
    ['RUN ["$A"]', { command: { argv: ['$A'] } }],
    ['CMD $A', { command: { line: '$A' } }],
    ['ENTRYPOINT ["$A"]', { command: { argv: ['$A'] } }],
    ['HEALTHCHECK CMD $A', { check: { line: '$A' } }],
    ['SHELL ["$A"]', { shell: ['$A'] }],
    ['ONBUILD ENV a=$A', { trigger: 'ENV a=$A' }],
    ['MAINTAINER "$A"', { name: '"$A"' }],
  ])('%j', (body, expected) => {
    expect(evaluate(body)).toMatchObject(expected);
  });

  it('a flag that comes out empty is not there', () => {
    expect(evaluate('COPY --chown=$E --chmod=$NONE a b')).not.toHaveProperty('chown');
    expect(evaluate('COPY --chown=$E --chmod=$NONE a b')).not.toHaveProperty('chmod');
  });

  it('FROM', () => {
    const dockerfile = parseDockerfile({ text: 'FROM --platform=$A ${B:+x}y', name: 'd' });
    expect(
      evaluateInstruction({
        instruction: dockerfile.instructions[0]!,
        dockerfile,
        lookup: (name) => variables[name],
      }),
    ).toMatchObject({ image: 'xy', platform: 'one' });
  });

  it.each([
    ['WORKDIR /a/${NONE:?give a NONE}', 2, 12, /NONE: give a NONE/],
    ['ENV a=b \\\n  c=${NONE?}', 3, 5, /NONE: is not allowed to be unset/],
    ['COPY <<x /\n\n${NONE?}\nx', 4, 1, /NONE/],
    ['RUN --mount=type=$A x', 2, 1, /no mount type one/],
  ])('%j is refused where it stands', (body, line, column, message) => {
    expect(() => evaluate(body)).toThrow(
      expect.objectContaining({
        name: 'DockerfileError',
        problems: [{ position: { line, column }, message: expect.stringMatching(message) }],
      }),
    );
  });
});
