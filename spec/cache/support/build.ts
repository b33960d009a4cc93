// Builds for the cache's specs: `applyDockerfile` on a root filesystem of a named base, and what came of it.
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type ApplyDockerfileOptions, applyDockerfile } from '../../../lib/extend/apply-dockerfile.js';
import type { BuildEvent } from '../../../lib/report/events.js';
import { rememberingLogger } from '../../extend/support/folder.js';

export interface BuildToRun {
  /** Where everything but the root filesystem and the cache lies. */
  folder: string;
  rootfs: string;
  text: string;
  files?: Record<string, string>;
  options?: Partial<ApplyDockerfileOptions>;
}

/** Fixes the times in the config, and lets those of the files be. */
const inTheFuture = 4_102_444_800;
let runs = 0;

/** Runs one build; its output is a folder of its own. */
export async function runBuild({ folder, rootfs, text, files = {}, options }: BuildToRun) {
  const context = join(folder, 'context');
  for (const [name, content] of Object.entries({ Dockerfile: text, ...files })) {
    mkdirSync(dirname(join(context, name)), { recursive: true });
    writeFileSync(join(context, name), content);
  }
  const logger = rememberingLogger();
  const events: BuildEvent[] = [];
  const output = join(folder, `output-${++runs}`);
  const applied = await applyDockerfile({
    ...{ dockerfile: join(context, 'Dockerfile'), rootfs, output, sourceDateEpoch: inTheFuture },
    ...options,
    logger,
    onEvent: (event) => {
      events.push(event);
      options?.onEvent?.(event);
    },
  });
  const finished = events.flatMap((event) => (event.type === 'instruction-finished' ? [event] : []));
  const written = events.flatMap((event) => (event.type === 'output' ? [Buffer.from(event.chunk)] : []));
  return {
    ...applied,
    output,
    lookUps: events.flatMap((event) => (event.type === 'cache-looked-up' ? [event] : [])),
    /** Of the instructions that change files, the lines of those that were executed. */
    executed: finished
      .filter(({ cached, text: of }) => !cached && /^(RUN|COPY|ADD)/.test(of))
      .map(({ line }) => line),
    printed: Buffer.concat(written).toString(),
    said: logger.all,
    warnings: logger.warnings,
    events,
  };
}
