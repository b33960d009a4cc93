// Conformance cases through our library: the tree and the config must be those of a real builder. They are spread
// over several spec files, which jest runs side by side.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeBaseLayout } from './against/base-layout.js';
import { makeBase } from './base.js';
import { differencesBetween } from './compare.js';
import { casesOf, expectationsOf, topics } from './expectation.js';
import { type Base, ourOutcome } from './ours.js';
import { describeTree } from './tree.js';

/** How many spec files there are; the topics are dealt out to them in turn. */
const parts = 4;

/** Describes the cases of a part of the topics: the first one is part 0. */
export function describeCases(part: number): void {
  let workDir: string;
  let base: Base;

  beforeAll(async () => {
    workDir = mkdtempSync(join(tmpdir(), 'conformance-base-'));
    const root = join(workDir, 'base');
    makeBase(root);
    const layout = join(workDir, 'layout');
    await makeBaseLayout(root, layout);
    base = { tree: describeTree(root), layout };
  });

  afterAll(() => rmSync(workDir, { recursive: true, force: true }));

  describe.each(topics().filter((_, index) => index % parts === part))('%s', (topic) => {
    const expectations = expectationsOf(topic);

    it.each(casesOf(topic).map((theCase) => [theCase.name, theCase] as const))(
      '%s',
      async (name, theCase) => {
        const expected = expectations[name];
        if (expected === undefined) throw new Error('nothing is expected of this case');
        const outcome = await ourOutcome(theCase, base);
        expect(differencesBetween(expected, outcome)).toEqual([]);
        const line = theCase.line ?? ('line' in expected ? expected.line : undefined);
        if ('fails' in outcome && line !== undefined) expect(outcome).toMatchObject({ line });
      },
    );
  });
}
