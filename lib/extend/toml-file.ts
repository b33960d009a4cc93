// The lifecycle's TOML files, read so that a mistake in one is found by its file and line.
import { readFile } from 'node:fs/promises';
import toml from '@iarna/toml';
import { type FailureKind, LifecycleError, messageOf } from './lifecycle-error.js';

export type Table = Record<string, unknown>;

/**
 * Reads a TOML file.
 * @param kind what a mistake in the file is to the platform.
 * @returns its tables, or undefined where there is no such file.
 * @throws LifecycleError with file, line and column where it is no TOML or cannot be read.
 */
export async function readToml(file: string, kind: FailureKind): Promise<Table | undefined> {
  let source: string;
  try {
    source = await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new LifecycleError(kind, `Cannot read ${file}: ${messageOf(error)}`, { cause: error });
  }
  try {
    return toml.parse(source) as Table;
  } catch (error) {
    const { line = 0, col = 0 } = error as { line?: number; col?: number };
    const [what = ''] = messageOf(error).split(' at row ');
    const shown = source.split(/\r?\n/)[line] ?? '';
    throw new LifecycleError(
      kind,
      `${file}:${line + 1}:${col + 1}: not valid TOML: ${what}\n  ${line + 1} | ${shown}`,
      {
        cause: error,
      },
    );
  }
}

/** Reads values out of a TOML file, naming the place where one has the wrong type. */
export function tomlReader(file: string, kind: FailureKind) {
  const wrong = (place: string, what: string) =>
    new LifecycleError(kind, `${file}: '${place}' must be ${what}.`);
  return {
    table(value: unknown, place: string): Table {
      if (value === undefined) return {};
      if (value === null || typeof value !== 'object' || Array.isArray(value)) throw wrong(place, 'a table');
      return value as Table;
    },
    tables(value: unknown, place: string): Table[] {
      if (value === undefined) return [];
      if (!Array.isArray(value)) throw wrong(place, `an array of tables, [[${place}]]`);
      return value.map((item, index) => this.table(item, `${place}[${index}]`));
    },
    text(value: unknown, place: string): string | undefined {
      if (value !== undefined && typeof value !== 'string') throw wrong(place, 'a string');
      return value;
    },
    required(value: unknown, place: string): string {
      const text = this.text(value, place);
      if (!text) throw wrong(place, 'given, as a string');
      return text;
    },
  };
}
