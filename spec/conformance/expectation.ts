// What a case must come to, and what a builder made of it, in the same words.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ImageConfig } from '../../lib/image/config.js';
import { baseConfig } from './base.js';
import { type ConformanceCase, parseCases } from './case.js';
import type { Tree } from './tree.js';

/** What comes of a case: a tree and a config as they differ from the base's, or a refusal. */
export type Outcome =
  | {
      tree: Tree;
      /** Fields of the config's `config` that differ, `null` where one is gone; and `author`. */
      config: Record<string, unknown>;
    }
  | {
      /** What the builder said. Other builders need not say the same. */
      fails: string;
      /** The line of the Dockerfile that it named, if it named one. */
      line?: number;
    };

/** An outcome and where it comes from: the builder that was run, or `reference`. */
export type Expectation = Outcome & { source: string };

const folder = join(process.cwd(), 'spec/conformance/cases');

/** The topics: the names of the files in `cases/` without their extension. */
export const topics = (): string[] =>
  readdirSync(folder)
    .filter((name) => name.endsWith('.cases'))
    .map((name) => name.slice(0, -'.cases'.length));

/** The cases of a topic. */
export const casesOf = (topic: string): ConformanceCase[] =>
  parseCases(topic, readFileSync(join(folder, `${topic}.cases`), 'utf8'));

/** The file that holds what the cases of a topic must come to, by their names. */
export const expectationFile = (topic: string): string => join(folder, `${topic}.expected.json`);

/** What the cases of a topic must come to, by their names. */
export const expectationsOf = (topic: string): Record<string, Expectation> =>
  JSON.parse(readFileSync(expectationFile(topic), 'utf8')) as Record<string, Expectation>;

/** What is compared: not the classic builder's own `Image`, `Hostname` and the like. */
const configFields = [
  'ArgsEscaped',
  'author',
  'Cmd',
  'Entrypoint',
  'Env',
  'ExposedPorts',
  'Healthcheck',
  'Labels',
  'OnBuild',
  'Shell',
  'StopSignal',
  'User',
  'Volumes',
  'WorkingDir',
];

/** The fields of an image config that differ from the base image's. */
export function configDifference(image: Pick<ImageConfig, 'author' | 'config'>): Record<string, unknown> {
  const before = baseConfig as Record<string, unknown>;
  const after = { author: image.author, ...image.config } as Record<string, unknown>;
  const difference: Record<string, unknown> = {};
  for (const key of configFields) {
    const is = isEmpty(after[key]) ? null : after[key];
    const was = isEmpty(before[key]) ? null : before[key];
    if (stable(is) !== stable(was)) difference[key] = is;
  }
  return difference;
}

/** Go leaves fields out that are empty. */
const isEmpty = (value: unknown): boolean =>
  value === undefined ||
  value === null ||
  value === '' ||
  value === false ||
  stable(value) === '[]' ||
  stable(value) === '{}';

/** JSON with sorted keys. */
export function stable(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}
