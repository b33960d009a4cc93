// A folder of files for one spec, and a logger that remembers what it was told.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Logger } from '../../../lib/report/logger.js';

const made: string[] = [];
afterAll(() => {
  for (const folder of made) rmSync(folder, { recursive: true, force: true });
});

/** A new folder that holds these files (`null` makes a directory), removed after the specs of the file. */
export function folderWith(files: Record<string, string | null> = {}): string {
  const folder = mkdtempSync(join(tmpdir(), 'extend-spec-'));
  made.push(folder);
  for (const [name, content] of Object.entries(files)) {
    const path = join(folder, name);
    if (content === null) mkdirSync(path, { recursive: true });
    else {
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, content);
    }
  }
  return folder;
}

export interface RememberingLogger extends Logger {
  warnings: string[];
  all: string[];
}

export function rememberingLogger(): RememberingLogger {
  const warnings: string[] = [];
  const all: string[] = [];
  return {
    warnings,
    all,
    debug: (message) => void all.push(message),
    info: (message) => void all.push(message),
    warn(message) {
      all.push(message);
      warnings.push(message);
    },
    error: (message) => void all.push(message),
  };
}

/** What a failing call threw: kind, exit code and message. */
export async function failureOf(
  call: () => unknown,
): Promise<{ kind: string; exitCode: number; message: string }> {
  try {
    await call();
  } catch (error) {
    const { kind, exitCode, message } = error as { kind: string; exitCode: number; message: string };
    return { kind, exitCode, message };
  }
  throw new Error('The call did not fail.');
}
