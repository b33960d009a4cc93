// A build session for specs, with nothing in it but what a spec puts there.
import { mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { openLauncher } from '../../lib/interpreter/launcher.js';
import type { BuildSession } from '../../lib/interpreter/session.js';
import { silentLogger } from '../../lib/report/logger.js';

/** A session on a root filesystem from `makeRootfs`, and what its RUNs wrote. Close its launcher at the end. */
export function makeSession(
  rootfs: string,
  overrides: Partial<BuildSession> = {},
): BuildSession & { output: () => string } {
  const chunks: Uint8Array[] = [];
  const folder = (name: string) => {
    const path = join(dirname(rootfs), name);
    mkdirSync(path, { recursive: true });
    return path;
  };
  const context = folder('context');
  return {
    rootfs,
    context,
    dockerfilePath: join(context, 'Dockerfile'),
    namedContexts: new Map(),
    secrets: new Map(),
    workDir: folder('work'),
    cacheMountDir: folder('cache'),
    config: {},
    environment: new Map(),
    proxyArgs: new Map(),
    launcher: overrides.launcher ?? openLauncher(),
    touched: new Map(),
    restored: new Map(),
    logger: silentLogger,
    onEvent: (event) => {
      if (event.type === 'output') chunks.push(event.chunk);
    },
    signal: new AbortController().signal,
    ...overrides,
    output: () => Buffer.concat(chunks.splice(0)).toString(),
  };
}
