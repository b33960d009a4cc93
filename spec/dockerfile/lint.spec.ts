import { inspectRunDockerfile } from '../../lib/dockerfile/inspect-run-dockerfile.js';
import { formatFindings, lintDockerfile } from '../../lib/dockerfile/lint.js';

const PREAMBLE = 'ARG base_image\nFROM ${base_image}\n';

/** The findings as `rule:level:line`. */
function lint(kind: 'build' | 'run', text: string): string[] {
  return lintDockerfile({ kind, text, name: `${kind}.Dockerfile` }).map(
    ({ rule, level, position }) => `${rule}:${level}:${position.line}`,
  );
}

describe('lint', () => {
  it.each([
    ['build', `${PREAMBLE}RUN true\n`],
    ['build', '# c\narg base_image\nfrom ${base_image}\n'],
    ['build', `${PREAMBLE}ARG build_id=0\nRUN echo \${build_id}\n`],
    ['build', `${PREAMBLE}USER root\nRUN true\nARG user_id\nARG group_id\nUSER \${user_id}:\${group_id}\n`],
    ['run', 'FROM example.org/run:1\n'],
    ['run', `ARG build_id=0\n${PREAMBLE}ARG build_id\nRUN echo $build_id\nUSER 1000\n`],
    ['run', `${PREAMBLE}RUN apt-get update && apt-get install -y curl && rm -rf /var/lib/apt/lists/*\n`],
    ['run', `${PREAMBLE}RUN --mount=type=cache,target=/var/lib/apt/lists apt-get update\n`],
    ['run', `${PREAMBLE}RUN <<EOF\napt-get update\napt-get install -y x\nrm -rf /var/lib/apt/lists/*\nEOF\n`],
    ['run', `${PREAMBLE}RUN cat /workspace/package.json && cp /platform/x /opt; ls > /workspaces/x\n`],
    [
      'run',
      `${PREAMBLE}RUN echo "rm /layers/x > /workspace/y"\nCOPY a /layers-of-mine/\nWORKDIR /workspace\n`,
    ],
  ] as const)('%s has nothing to say of %j', (kind, text) => {
    expect(lint(kind, text)).toEqual([]);
  });

  it.each([
    // The preamble.
    ['build', 'FROM ${base_image}\n', ['preamble:error:1']],
    ['build', 'ARG base_image\nARG x\nFROM ${base_image}\n', ['preamble:error:2']],
    ['build', 'ARG base_image\nFROM $base_image\n', ['preamble:error:2']],
    ['build', 'FROM debian\n', ['preamble:error:1', 'preamble:error:1']],
    ['run', 'FROM ${base_image}\n', ['undeclared-base:error:1']],
    // The stage.
    ['run', 'FROM a\nFROM b\n', ['one-from:error:2']],
    ['run', 'RUN a\n', ['one-from:error:1']],
    ['run', 'FROM a\nRUM b\nCMD\n', ['syntax:error:2', 'syntax:error:3']],
    ['run', `${PREAMBLE}RUN --mount=type=tmpfs,target=$x --mount=type=none a\n`, ['syntax:error:3']],
    // Instructions.
    ['build', `${PREAMBLE}CMD a\nEXPOSE 1\n`, ['not-recommended:warning:3', 'not-recommended:warning:4']],
    ['run', `${PREAMBLE}VOLUME /a\n`, ['not-recommended:warning:3']],
    // build_id.
    ['build', `${PREAMBLE}ARG build_id\nRUN echo $build_id\n`, ['build-id-default:warning:3']],
    ['build', `${PREAMBLE}RUN <<A\necho \${build_id}\nA\n`, ['build-id-undeclared:warning:4']],
    // The user.
    ['run', `${PREAMBLE}USER root\nRUN a\n`, ['root-user:error:3']],
    ['run', `${PREAMBLE}USER 0:0\n`, ['root-user:error:3']],
    ['build', `${PREAMBLE}USER root\n`, ['root-user:warning:3']],
    // Edits that are lost.
    ['run', `${PREAMBLE}COPY a /workspace\n`, ['lost-edits:warning:3']],
    ['run', `${PREAMBLE}WORKDIR /layers\nADD a b\n`, ['lost-edits:warning:4']],
    ['run', `${PREAMBLE}RUN true && \\\n  mkdir -p /platform/env\n`, ['lost-edits:warning:4']],
    ['run', `${PREAMBLE}RUN echo x >> "/workspace/x"\n`, ['lost-edits:warning:3']],
    [
      'run',
      `${PREAMBLE}RUN cp a /layers/x; sed -i s/a/b/ /workspace/y\n`,
      ['lost-edits:warning:3', 'lost-edits:warning:3'],
    ],
    ['run', `${PREAMBLE}RUN ["sh", "-c", "rm -r /workspace/x"]\n`, ['lost-edits:warning:3']],
    [
      'run',
      `${PREAMBLE}RUN curl -o /workspace/x http://x | tar -C /layers/y\n`,
      ['lost-edits:warning:3', 'lost-edits:warning:3'],
    ],
    // apt.
    ['build', `${PREAMBLE}RUN apt-get update && apt-get install -y curl\n`, ['apt-lists:warning:3']],
    ['build', `${PREAMBLE}RUN rm -rf /var/lib/apt/lists/*; sudo apt update\n`, ['apt-lists:warning:3']],
  ] as const)('%s says of %j: %j', (kind, text, findings) => {
    expect(lint(kind, text)).toEqual(findings);
  });

  it('shows the place and the reason', () => {
    const text = `${PREAMBLE}  USER root\n`;
    const findings = lintDockerfile({ kind: 'run', text, name: 'run.Dockerfile' });
    expect(findings).toEqual(JSON.parse(JSON.stringify(findings)));
    expect(formatFindings({ findings, name: 'run.Dockerfile', text })).toBe(
      [
        'run.Dockerfile:3:3: error: this leaves the user at root; end with ARG user_id, ARG group_id and USER ${user_id}:${group_id} [root-user]',
        '  3 |   USER root',
        '        ^',
        "  because the user in force at the end becomes the image's, which must not run as root",
      ].join('\n'),
    );
  });
});

describe('a run.Dockerfile', () => {
  it.each([
    ['FROM other:1', { base: 'other:1', extends: false }],
    ['FROM other:1\nRUN a', { base: 'other:1', extends: true }],
    [`${PREAMBLE}RUN a`, { base: undefined, extends: true }],
    [`${PREAMBLE}ARG x`, { base: undefined, extends: true }],
    [PREAMBLE, { base: undefined, extends: false }],
    // As written: the reference compares no other spelling.
    ['ARG base_image\nFROM $base_image', { base: '$base_image', extends: false }],
  ])('%j', (text, effect) => {
    expect(inspectRunDockerfile({ text })).toEqual(effect);
  });
});
