import type { Instruction, Keyword } from '../../lib/dockerfile/instruction.js';
import { parseDockerfile } from '../../lib/dockerfile/parse.js';

type Of<K extends Keyword> = Extract<Instruction, { keyword: K }>;

/** The instructions behind FROM. */
function parse(body: string): Instruction[] {
  return parseDockerfile({ text: `FROM x\n${body}`, name: 'Dockerfile' }).instructions.slice(1);
}

/** The only instruction behind FROM. */
function parseOne<K extends Keyword>(_keyword: K, body: string): Of<K> {
  const [instruction, ...others] = parse(body);
  expect(others).toEqual([]);
  return instruction as Of<K>;
}

const run = (body: string) => parseOne('RUN', body);

describe('logical lines', () => {
  it.each([
    ['one', 'RUN a', 'a'],
    ['joined by a backslash', 'RUN a \\\n b', 'a  b'],
    ['with blanks behind the backslash', 'RUN a \\ \t\nb', 'a b'],
    ['with a comment inside', 'RUN a \\\n# no\n  # no \\\n  b', 'a   b'],
    ['with blank lines inside', 'RUN a \\\n\n  \n  b', 'a   b'],
    ['with CRLF', 'RUN a \\\r\n\r\n b\r\n', 'a  b'],
    ['with a backslash at the end of the file', 'RUN a \\', 'a'],
    ['with a backslash at the end of the file and a newline', 'RUN a \\\n', 'a'],
    ['with an escaped backslash at its end', 'RUN a \\\\', 'a \\\\'],
    ['indented', ' \t RUN a', 'a'],
    ['in lower case', 'run a', 'a'],
    ['with tabs', 'RUN\ta\tb', 'a\tb'],
    ['with a keyword on a line of its own', 'RUN \\\n a', 'a'],
    ['with a keyword that is itself continued', 'R\\\nUN a', 'a'],
    ['with a hash that is no comment', 'RUN a # b', 'a # b'],
    ['with a carriage return in the middle', 'RUN a\rb', 'a\rb'],
    ['begun by a backslash', '\\\nRUN a', 'a'],
  ])('%s', (_, body, line) => {
    expect(run(body).command).toEqual({ form: 'shell', line });
  });

  it('know where they stand and how they were written', () => {
    const [first, second] = parse('\n  RUN a \\\n  # c\n  b\n\n\nRUN <<X\nbody\nX\n');
    expect(first).toMatchObject({
      range: { start: { line: 3, column: 3 }, end: { line: 5, column: 4 } },
      source: 'RUN a \\\n  # c\n  b',
    });
    expect(second).toMatchObject({
      range: { start: { line: 8, column: 1 }, end: { line: 10, column: 2 } },
      source: 'RUN <<X',
    });
  });

  it('may begin with a byte order mark', () => {
    const { instructions, text } = parseDockerfile({ text: '\uFEFFFROM x\n', name: 'Dockerfile' });
    expect(instructions).toMatchObject([{ image: 'x', range: { start: { line: 1, column: 1 } } }]);
    expect(text).toBe('FROM x\n');
  });

  it('may number 10,000', () => {
    const body =
      'RUN echo "$x" && \\\n  echo y\nENV a=b c="d $e"\nCOPY --chown=1:2 a b /c/\nLABEL x=y\n'.repeat(2500);
    expect(parse(body)).toHaveLength(10_000);
  });
});

describe('parser directives', () => {
  const parseText = (text: string) => parseDockerfile({ text, name: 'Dockerfile' });

  it.each([
    ['# escape=`\nFROM x', '`'],
    ['#escape=`\nFROM x', '`'],
    ['#  Escape = ` \nFROM x', '`'],
    ['# syntax=docker/dockerfile:1\n# escape=`\nFROM x', '`'],
    ['# check=skip=all\n# escape=`\nFROM x', '`'],
    ['# escape=\\\nFROM x', '\\'],
    ['# a comment\n# escape=`\nFROM x', '\\'],
    ['\n# escape=`\nFROM x', '\\'],
    ['# unknown=1\n# escape=`\nFROM x', '\\'],
    ['FROM x\n# escape=`\n', '\\'],
  ])('%j escapes with %s', (text, character) => {
    expect(parseText(text).escape).toBe(character);
  });

  it('let a backtick continue lines and a backslash be plain', () => {
    const { instructions } = parseText('# escape=`\nFROM x\nRUN a `\n b\nRUN c:\\\nRUN d\n');
    expect(instructions.slice(1)).toMatchObject([
      { command: { line: 'a  b' } },
      { command: { line: 'c:\\' } },
      { command: { line: 'd' } },
    ]);
  });
});

describe('commands', () => {
  it.each([
    ['RUN a b', { form: 'shell', line: 'a b' }],
    ['RUN ["a", "b c"]', { form: 'exec', argv: ['a', 'b c'] }],
    ['RUN [ "a\\n", "\\u00e9" ] ', { form: 'exec', argv: ['a\n', 'é'] }],
    ["RUN ['a']", { form: 'shell', line: "['a']" }],
    ['RUN ["a"', { form: 'shell', line: '["a"' }],
    ['RUN ["a"] b', { form: 'shell', line: '["a"] b' }],
    ['RUN ["a",]', { form: 'shell', line: '["a",]' }],
    ['RUN [ -f x ] && y', { form: 'shell', line: '[ -f x ] && y' }],
    ['RUN "a" $b', { form: 'shell', line: '"a" $b' }],
  ])('%s', (body, command) => {
    expect(run(body).command).toEqual(command);
  });

  it('CMD, ENTRYPOINT and SHELL may be arrays; CMD and ENTRYPOINT empty ones', () => {
    expect(parse('CMD a b\nCMD []\nENTRYPOINT ["a"]\nSHELL ["/bin/bash", "-c"]')).toMatchObject([
      { keyword: 'CMD', command: { form: 'shell', line: 'a b' } },
      { keyword: 'CMD', command: { form: 'exec', argv: [] } },
      { keyword: 'ENTRYPOINT', command: { form: 'exec', argv: ['a'] } },
      { keyword: 'SHELL', shell: ['/bin/bash', '-c'] },
    ]);
  });

  it('HEALTHCHECK', () => {
    expect(
      parse(
        'HEALTHCHECK NONE\nhealthcheck cmd a b\nHEALTHCHECK --interval=1m30s --timeout=0 --retries=3 CMD ["a"]\n' +
          'HEALTHCHECK --start-period=1.5h --start-interval=500ms CMD a',
      ),
    ).toMatchObject([
      { check: 'none' },
      { check: { form: 'shell', line: 'a b' } },
      { check: { form: 'exec', argv: ['a'] }, interval: '1m30s', timeout: '0', retries: 3 },
      { startPeriod: '1.5h', startInterval: '500ms' },
    ]);
  });
});

describe('heredocs', () => {
  it('may hold a NUL, as BuildKit has it, and so may comments and labels', () => {
    const [copy, label] = parse('# \0\nCOPY <<X /x\na\0b\nX\nLABEL a=b\0c\n');
    expect(copy).toMatchObject({ heredocs: [{ content: 'a\0b\n' }] });
    expect(label).toMatchObject({ labels: [{ value: 'b\0c' }] });
    // What is wrong elsewhere is said, and not that there is one.
    expect(() => parse('COPY <<X /x\na\0b\nX\nRUM true\n')).toThrow(/:5:1: .*RUM/);
  });

  it.each([
    ['RUN <<EOF\na\n\tb\nEOF\n', { name: 'EOF', content: 'a\n\tb\n', expand: true }],
    ['RUN <<-EOF\n\ta\n\t\tb\n\tEOF\n', { name: 'EOF', content: 'a\nb\n', source: '\ta\n\t\tb\nEOF' }],
    ['RUN <<"EOF"\na\nEOF\n', { name: 'EOF', expand: false }],
    ["RUN <<'E F'\na\nE F\n", { name: 'E F', content: 'a\n', expand: false }],
    ["RUN <<E'O'F\na\nEOF\n", { name: 'EOF', expand: false }],
    ['RUN <<EOF\nEOF\n', { content: '', source: 'EOF' }],
    ['RUN << EOF\na\nEOF', { name: 'EOF', content: 'a\n' }],
    ['RUN 3<<EOF\na\nEOF', { name: 'EOF' }],
    ['RUN <<EOF\n# kept\na \\\n\nEOF', { content: '# kept\na \\\n\n' }],
    ['RUN <<EOF\r\na\r\nEOF\r\n', { content: 'a\r\n' }],
    ['RUN <<EOF\n EOF\nEOF \nEOF', { content: ' EOF\nEOF \n' }],
    ['RUN <<$X\na\n$X', { name: '$X' }],
  ])('%j', (body, heredoc) => {
    expect(run(body)).toMatchObject({ heredocs: [heredoc], heredocAlone: true });
  });

  it.each([
    ['RUN cat <<A - <<B\na\nA\nb\nB\n', 'cat <<A - <<B', ['A', 'B']],
    ['RUN <<A cat\na\nA\n', '<<A cat', ['A']],
    ['RUN cat <<A \\\n && x\na\nA\n', 'cat <<A  && x', ['A']],
    ['RUN x="${y:-1}" cat <<A\na\nA\n', 'x="${y:-1}" cat <<A', ['A']],
  ])('%j go with a command', (body, line, names) => {
    const { command, heredocs, heredocAlone } = run(body);
    expect(command).toEqual({ form: 'shell', line });
    expect(heredocs.map(({ name }) => name)).toEqual(names);
    expect(heredocAlone).toBe(false);
  });

  it.each([
    'RUN cat <<<x',
    'RUN echo "<<x"',
    'RUN echo $((1<<2))',
    'RUN ["a", "<<x"]',
    'RUN echo a<<',
    'ENV a=<<x',
  ])('%s has none', (body) => {
    expect(parse(body)).toHaveLength(1);
    expect(parse(body)[0]).not.toMatchObject({ heredocs: [expect.anything()] });
  });

  it('are sources of COPY and ADD', () => {
    expect(parseOne('COPY', 'COPY <<a f <<-"b" /dir/\n$x\na\n\ty\nb\n')).toMatchObject({
      sources: ['f'],
      destination: '/dir/',
      heredocs: [
        { name: 'a', content: '$x\n', expand: true },
        { name: 'b', content: 'y\n', expand: false },
      ],
    });
  });

  it('go with the trigger of ONBUILD', () => {
    expect(parseOne('ONBUILD', 'ONBUILD RUN <<A\na\nA\n').trigger).toBe('RUN <<A\na\nA');
  });
});

describe('flags', () => {
  it.each([
    ['COPY --chown=a:b --chmod=755 a /b', { chown: 'a:b', chmod: '755', sources: ['a'] }],
    ['COPY --link --parents a /b', { link: true, parents: true }],
    ['COPY --link=false a /b', { link: false }],
    ['COPY --link=TRUE a /b', { link: true }],
    ['COPY --exclude=*.a --exclude=*.b a /b', { excludes: ['*.a', '*.b'] }],
    ['COPY --from=ctx a /b', { from: 'ctx' }],
    ['COPY --chown="a b" a /b', { chown: 'a b' }],
    ['COPY --chown=a\\ b a /b', { chown: 'a b' }],
    ['COPY -- --chown=x /b', { sources: ['--chown=x'] }],
    ['COPY a --link /b', { sources: ['a', '--link'] }],
    [
      'ADD --checksum=sha256:1 --keep-git-dir --unpack=false a /b',
      { checksum: 'sha256:1', keepGitDir: true, unpack: false },
    ],
    ['ADD a /b', { keepGitDir: false }],
    [
      'RUN --network=none --security=sandbox --mount=type=tmpfs,target=/a --mount=target=/b a',
      { network: 'none', mounts: ['type=tmpfs,target=/a', 'target=/b'] },
    ],
    ['COPY \\\n --link \\\n a /b', { link: true }],
  ])('%s', (body, expected) => {
    expect(parse(body)).toMatchObject([expected]);
  });
});

describe('arguments', () => {
  it.each([
    ['ENV a=b', { variables: [{ key: 'a', value: 'b' }] }],
    [
      'ENV a=b c="d e" f=g\\ h',
      {
        variables: [
          { key: 'a', value: 'b' },
          { key: 'c', value: '"d e"' },
          { key: 'f', value: 'g\\ h' },
        ],
      },
    ],
    ['ENV a b  c', { variables: [{ key: 'a', value: 'b  c' }] }],
    [
      'ENV a= b=',
      {
        variables: [
          { key: 'a', value: '' },
          { key: 'b', value: '' },
        ],
      },
    ],
    ['ENV a=b=c', { variables: [{ key: 'a', value: 'b=c' }] }],
    ['LABEL "a b"=c', { labels: [{ key: '"a b"', value: 'c' }] }],
    ['ARG a b=c d=', { args: [{ name: 'a' }, { name: 'b', value: 'c' }, { name: 'd', value: '' }] }],
    ['EXPOSE 80 443/tcp', { ports: ['80', '443/tcp'] }],
    ['VOLUME /a /b', { paths: ['/a', '/b'] }],
    ['VOLUME ["/a b", "/c"]', { paths: ['/a b', '/c'] }],
    ['COPY ["a b", "c", "/d e/"]', { sources: ['a b', 'c'], destination: '/d e/' }],
    ['WORKDIR /a b', { path: '/a b' }],
    ['USER a:b', { user: 'a:b' }],
    ['STOPSIGNAL SIGTERM', { signal: 'SIGTERM' }],
    ['MAINTAINER a <b@c>', { name: 'a <b@c>' }],
    ['ONBUILD RUN a b', { trigger: 'RUN a b' }],
  ])('%s', (body, expected) => {
    expect(parse(body)).toMatchObject([expected]);
  });

  it('of FROM', () => {
    const [from] = parseDockerfile({ text: 'FROM --platform=$P a:b as Base', name: 'x' }).instructions;
    expect(from).toMatchObject({ image: 'a:b', stage: 'base', platform: '$P' });
  });
});
