// A case through our own library.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { applyDockerfile } from '../../lib/index.js';
import { makeBase } from './base.js';
import type { ConformanceCase } from './case.js';
import { configDifference, type Outcome } from './expectation.js';
import { withStage } from './stage.js';
import { describeTree, differenceOf, type Tree } from './tree.js';

/** The base that every case starts from: its description, and its image as an OCI layout. */
export interface Base {
  tree: Tree;
  layout: string;
}

/**
 * What our library makes of a case.
 * @throws where it leaves an output behind although it failed.
 */
export async function ourOutcome(theCase: ConformanceCase, base: Base): Promise<Outcome> {
  return withStage(theCase, async (stage) => {
    const rootfs = join(stage.directory, 'rootfs');
    makeBase(rootfs);
    const output = join(stage.directory, 'output');
    try {
      const { image } = await applyDockerfile({
        dockerfile: stage.dockerfile,
        context: stage.context,
        rootfs,
        output,
        baseImage: base.layout,
        buildArgs: stage.buildArgs,
        namedContexts: new Map(Object.entries(stage.namedContexts)),
        secrets: Object.entries(stage.secrets).map(([id, value]) => ({ id, value: Buffer.from(value) })),
        compression: 'none',
      });
      return {
        tree: differenceOf(base.tree, describeTree(rootfs)),
        config: configDifference(image.config),
      };
    } catch (error) {
      if (existsSync(join(output, 'index.json'))) throw error;
      const { message } = error as Error;
      const line = /Dockerfile:(\d+)/.exec(message)?.[1];
      return { fails: message, ...(line === undefined ? {} : { line: Number(line) }) };
    }
  });
}
