// `npm run conformance -- --against docker|buildah|buildctl [--only WORDS] [--update]`
//
// Holds another builder against the cases and prints where it differs from what is expected. With
// `--update`, what that builder makes becomes what is expected.
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { buildah } from './against/buildah.js';
import { buildctl } from './against/buildctl.js';
import { type Builder, BuildFailure } from './against/builder.js';
import { docker } from './against/docker.js';
import { makeBase } from './base.js';
import type { ConformanceCase } from './case.js';
import { differencesBetween } from './compare.js';
import {
  casesOf,
  configDifference,
  expectationFile,
  expectationsOf,
  type Outcome,
  topics,
} from './expectation.js';
import { withStage } from './stage.js';
import { describeTree, differenceOf, type Tree } from './tree.js';

const builders: Record<string, Builder> = { docker, buildah, buildctl };
/** Builds that run side by side. */
const atOnce = 2;

const { values } = parseArgs({
  options: { against: { type: 'string' }, only: { type: 'string' }, update: { type: 'boolean' } },
});
const builder = builders[values.against ?? ''];
if (builder === undefined) {
  process.stderr.write(`--against takes one of ${Object.keys(builders).join(', ')}\n`);
  process.exit(3);
}

// Buildah makes an image name of a path, so there may be no capitals in it.
const workDir = join(tmpdir(), `conformance-against-${process.pid}`);
mkdirSync(workDir);
try {
  await run(builder);
} finally {
  rmSync(workDir, { recursive: true, force: true });
}

/** Runs all topics and prints the summary and the table. */
async function run(builder: Builder): Promise<void> {
  const baseRoot = join(workDir, 'base');
  makeBase(baseRoot);
  const baseTree = describeTree(baseRoot);
  await builder.prepare(baseRoot, workDir);
  const version = await builder.version();
  const results: Result[] = [];
  for (const topic of topics()) results.push(...(await runTopic(builder, version, topic, baseTree)));
  const ran = results.filter(({ differences }) => differences !== 'left out');
  const rows = ran.filter(({ differences }) => differences.length > 0).map(rowOf);
  const leftOut = results.length === ran.length ? '' : `; ${results.length - ran.length} left out`;
  const head = rows.length === 0 ? [] : ['', '| topic | case | difference |', '| --- | --- | --- |'];
  const summary = `${version} agrees on ${ran.length - rows.length} of ${ran.length} cases${leftOut}.`;
  process.stdout.write(`${[summary, ...head, ...rows.sort()].join('\n')}\n`);
}

interface Result {
  theCase: ConformanceCase;
  differences: string[] | 'left out';
}

async function runTopic(builder: Builder, version: string, topic: string, baseTree: Tree): Promise<Result[]> {
  const expected = existsSync(expectationFile(topic)) ? expectationsOf(topic) : {};
  const cases = casesOf(topic);
  const queue = cases.filter(({ name }) => `${topic}: ${name}`.includes(values.only ?? ''));
  const results: Result[] = [];
  const worker = async (): Promise<void> => {
    for (let theCase = queue.shift(); theCase !== undefined; theCase = queue.shift()) {
      const { name, refused, reference } = theCase;
      if (builder.lacks.some((what) => Object.keys(theCase![what]).length > 0)) {
        results.push({ theCase, differences: 'left out' });
        continue;
      }
      const outcome = await outcomeOf(builder, theCase, baseTree);
      if (values.update && refused !== undefined) expected[name] = { source: 'refused here', fails: refused };
      else if (values.update && reference === undefined) expected[name] = { source: version, ...outcome };
      const wanted = expected[name];
      const differences =
        wanted === undefined
          ? ['nothing is expected yet']
          : differencesBetween(wanted, outcome, builder.neverWrites);
      results.push({ theCase, differences });
    }
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  if (values.update) {
    const inOrder = cases.filter(({ name }) => name in expected).map(({ name }) => [name, expected[name]]);
    writeFileSync(expectationFile(topic), `${JSON.stringify(Object.fromEntries(inOrder), null, 1)}\n`);
  }
  return results;
}

function rowOf({ theCase, differences }: Result): string {
  const text = [...differences].join('<br>').replaceAll('|', '\\|').replaceAll('\n', ' ');
  return `| ${theCase.topic} | ${theCase.name} | ${text} |`;
}

async function outcomeOf(builder: Builder, theCase: ConformanceCase, baseTree: Tree): Promise<Outcome> {
  const root = mkdtempSync(join(workDir, 'root-'));
  try {
    return await withStage(theCase, async (stage) => {
      const image = await builder.build(stage, root);
      return { tree: differenceOf(baseTree, describeTree(root)), config: configDifference(image) };
    });
  } catch (error) {
    if (!(error instanceof BuildFailure)) throw error;
    return refusalOf(error.message);
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

/** The sentence and the line in what a builder printed, without what differs from run to run. */
function refusalOf(printed: string): Outcome {
  const line = /^Dockerfile:(\d+)$/m.exec(printed)?.[1];
  const sentence = /^error: (?:failed to solve: )?(.*)$/im.exec(printed)?.[1] ?? printed.split('\n').at(-1)!;
  return {
    fails: sentence.replace(/ of ref \S+:/, ':').replace(/\/\S+\/cachemounts\/[^/]+/, ''),
    ...(line === undefined ? {} : { line: Number(line) }),
  };
}
