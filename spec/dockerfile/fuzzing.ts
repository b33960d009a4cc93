// Inputs that try to break the parser and the expander, and what must hold of each; used by fuzz.spec.ts for
// some thousands of them and by `npm run fuzz` for 100,000.
import fc from 'fast-check';
import { evaluateInstruction } from '../../lib/dockerfile/evaluate.js';
import { lintDockerfile } from '../../lib/dockerfile/lint.js';
import { parseDockerfile } from '../../lib/dockerfile/parse.js';
import type { DockerfileError } from '../../lib/dockerfile/problem.js';
import { expandWord } from '../../lib/dockerfile/words.js';

/** Real instructions, from which mutants are made. */
const INSTRUCTIONS = [
  '# syntax=docker/dockerfile:1\n',
  '# escape=`\n',
  'ARG base_image\n',
  'FROM ${base_image}\n',
  'FROM --platform=$BUILDPLATFORM debian:12 AS base\n',
  'RUN apt-get update && \\\n  # comment\n\n  apt-get install -y curl=${version:-7.*} && \\\n  rm -rf /var/lib/apt/lists/*\n',
  'RUN ["/bin/sh", "-c", "echo \\"$HOME\\""]\n',
  'RUN <<EOF\n#!/bin/bash\nset -eux\necho $x\nEOF\n',
  'RUN cat <<-A - <<"B" && true\n\ta\n\tA\nb\nB\n',
  'RUN --mount=type=cache,target=/var/cache/apt,sharing=locked --mount=type=secret,id=s,env=S --network=none make\n',
  'COPY --chown=${user_id}:${group_id} --chmod=0755 --link "a b" [c] /d/\n',
  "COPY <<a <<-'b' /dir/\nx $y ${z:?no}\na\n\tq\n\tb\n",
  'ADD --checksum=sha256:abc --keep-git-dir https://example.org/x.tgz /x/\n',
  'COPY ["a b", "/c d/"]\n',
  'ENV PATH=$PATH:/opt/bin GREETING="hello \\"world\\"" X=${A#*/}${B%%.*}${C//a/b}\n',
  'ENV legacy with  blanks\n',
  'LABEL io.buildpacks.rebasable=true \\\n  "a b"=\'c d\'\n',
  'USER ${user_id}:${group_id}\n',
  'WORKDIR /work/${dir:-"a b"}\n',
  'EXPOSE 80/tcp $ports 8000-8010\n',
  'VOLUME ["/data"]\nVOLUME /a /b\n',
  'STOPSIGNAL SIGTERM\nSHELL ["/bin/bash", "-c"]\n',
  'HEALTHCHECK --interval=1m30s --retries=3 CMD curl -f http://localhost/\nHEALTHCHECK NONE\n',
  'ONBUILD COPY <<x /\nbody\nx\n',
  'ENTRYPOINT ["a"]\nCMD []\nMAINTAINER me <me@example.org>\n',
];

const SPECIAL = [
  '\\',
  '\n',
  '\r\n',
  '"',
  "'",
  '`',
  '$',
  '${',
  '}',
  '<<',
  '<<-',
  '#',
  '--',
  '=',
  '[',
  ']',
  ',',
  ' ',
  '\t',
  '\0',
  '\uFEFF',
  '\u0085',
  '\uD800',
  '😀',
];

const bytes = fc.uint8Array({ maxLength: 400 }).map((data) => Buffer.from(data).toString('utf8'));
const soup = fc
  .array(fc.oneof(fc.constantFrom(...SPECIAL), fc.string({ maxLength: 4 })), { maxLength: 60 })
  .map((parts) => parts.join(''));

const mutation = fc.record({
  at: fc.nat(),
  cut: fc.nat({ max: 6 }),
  put: fc.oneof(fc.constantFrom('', ...SPECIAL), fc.string({ maxLength: 3 })),
});
const mutant = fc
  .tuple(
    fc.array(fc.constantFrom(...INSTRUCTIONS), { minLength: 1, maxLength: 8 }),
    fc.array(mutation, { maxLength: 6 }),
  )
  .map(([instructions, mutations]) =>
    mutations.reduce(
      (text, { at, cut, put }) => {
        const place = at % (text.length + 1);
        return text.slice(0, place) + put + text.slice(place + cut);
      },
      `FROM x\n${instructions.join('')}`,
    ),
  );

/** 64 KiB of one thing again and again, where anything but linear time shows. */
const flood = fc
  .tuple(
    fc.constantFrom('', 'FROM x\n', 'FROM x\nRUN ', 'FROM x\nENV ', 'FROM x\nCOPY ', 'FROM x\nRUN <<a\n'),
    fc.oneof(fc.constantFrom(...SPECIAL, ...INSTRUCTIONS), soup),
  )
  .map(
    ([start, part]) =>
      start + (part || ' ').repeat(Math.ceil(65_536 / (part.length || 1))).slice(0, 65_536 - start.length),
  );

/** Texts of every kind; one in a hundred is large. */
export const texts = fc.oneof(
  { weight: 20, arbitrary: bytes },
  { weight: 29, arbitrary: soup },
  { weight: 50, arbitrary: mutant },
  { weight: 1, arbitrary: flood },
);

const VALUES: Record<string, string> = { a: 'b c', x: '$y "', PATH: '/bin:/usr/bin', A: 'a/b.c.d', HOME: '' };
const lookup = (name: string) => VALUES[name];

/** Milliseconds of processor time that this process has spent, which other work on the machine does not add to. */
function processorTime(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/**
 * Parses, evaluates and lints one text.
 *
 * @returns the milliseconds of processor time that parsing took, the collector's included
 * @throws Error unless the text is read or refused with a place inside it
 */
export function checkText(text: string): number {
  const start = processorTime();
  let spent = 0;
  const refusal = refused('DockerfileError', () => {
    try {
      const dockerfile = parseDockerfile({ text, name: 'Dockerfile' });
      spent = processorTime() - start;
      for (const instruction of dockerfile.instructions) {
        const evaluation = refused('DockerfileError', () =>
          evaluateInstruction({ instruction, dockerfile, lookup }),
        );
        if (evaluation) checkPlaces(text, evaluation as DockerfileError);
      }
    } finally {
      spent ||= processorTime() - start;
    }
  });
  if (refusal) checkPlaces(text, refusal as DockerfileError);
  lintDockerfile({ text, name: 'Dockerfile', kind: 'build' });
  return spent;
}

/** Expands one word, with either escape character. */
export function checkWord(word: string): void {
  for (const escapeCharacter of ['\\', '`'] as const) {
    refused('Refusal', () => expandWord({ word, lookup, escape: escapeCharacter }));
  }
}

/** The error of the given name that the action ends in; any other error goes on. */
function refused(name: string, action: () => unknown): Error | undefined {
  try {
    action();
  } catch (error) {
    if ((error as Error).name !== name) throw error;
    return error as Error;
  }
  return undefined;
}

function checkPlaces(text: string, { problems, message }: DockerfileError): void {
  const lines = text.replace(/^\uFEFF/, '').split('\n');
  if (problems.length === 0) throw new Error('refused without a reason');
  for (const { position, message: reason } of problems) {
    const line = lines[position.line - 1];
    const inside = line !== undefined && position.column >= 1 && position.column <= line.length + 1;
    if (!inside || reason === '') throw new Error(`a problem without a place: ${message}`);
  }
}
