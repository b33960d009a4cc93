// A case on disk: its Dockerfile, its contexts, its servers, in a folder of its own.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { layOutWithArchives } from './archive.js';
import type { ConformanceCase } from './case.js';
import { type Server, serveFiles, serveRepository } from './servers.js';
import { fixtureTimes } from './tree.js';

/** Where a staged case lies; all paths absolute. */
export interface Stage {
  directory: string;
  dockerfile: string;
  context: string;
  namedContexts: Record<string, string>;
  /** The case's own, and `HTTP` and `GIT` where it has servers. */
  buildArgs: Record<string, string>;
  secrets: Record<string, string>;
}

/** Stages a case, calls `use`, and takes everything away again. */
export async function withStage<T>(theCase: ConformanceCase, use: (stage: Stage) => Promise<T>): Promise<T> {
  const directory = mkdtempSync(join(tmpdir(), 'conformance-'));
  const servers: Server[] = [];
  try {
    // A part of a second of its own: BuildKit takes files of the same size and time for the same file. Less
    // than half, because its exporter rounds.
    const time = fixtureTimes.context + Math.random() * 0.4;
    const beside = join(directory, 'beside');
    layOutWithArchives(beside, theCase.beside, time);
    const dockerfile = join(beside, 'Dockerfile');
    writeFileSync(dockerfile, theCase.dockerfile);
    const context = join(directory, 'context');
    layOutWithArchives(context, theCase.context, time);
    const namedContexts: Record<string, string> = {};
    for (const [name, lines] of Object.entries(theCase.namedContexts)) {
      namedContexts[name] = join(directory, 'named', name);
      mkdirSync(namedContexts[name], { recursive: true });
      layOutWithArchives(namedContexts[name], lines, time);
    }
    const buildArgs = { ...theCase.buildArgs };
    if (theCase.http.length > 0) {
      servers.push(await serveFiles(join(directory, 'http'), theCase.http));
      buildArgs.HTTP = servers.at(-1)!.url;
    }
    if (theCase.git.length > 0) {
      servers.push(await serveRepository(join(directory, 'git'), theCase.git));
      buildArgs.GIT = servers.at(-1)!.url;
    }
    const secrets = theCase.secrets;
    return await use({ directory, dockerfile, context, namedContexts, buildArgs, secrets });
  } finally {
    for (const server of servers) server.stop();
    rmSync(directory, { recursive: true, force: true });
  }
}
