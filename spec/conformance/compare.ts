// Two outcomes of the same case, compared: one sentence for each thing that differs.
import { type Outcome, stable } from './expectation.js';

/**
 * What differs between what was expected and what came; empty where nothing does.
 * @param ignoredFields fields of the config that do not count.
 */
export function differencesBetween(
  expected: Outcome,
  actual: Outcome,
  ignoredFields: readonly string[] = [],
): string[] {
  if ('fails' in expected) return 'fails' in actual ? [] : [`succeeds, expected: ${expected.fails}`];
  if ('fails' in actual) return [`fails: ${actual.fails}`];
  return [
    ...differencesIn(expected.tree, actual.tree),
    ...differencesIn(expected.config, actual.config, ignoredFields),
  ];
}

function differencesIn(
  expected: Record<string, unknown>,
  actual: Record<string, unknown>,
  ignored: readonly string[] = [],
): string[] {
  return [...new Set([...Object.keys(expected), ...Object.keys(actual)])]
    .sort()
    .filter((key) => !ignored.includes(key) && stable(expected[key]) !== stable(actual[key]))
    .map((key) => `${key}: ${show(actual[key])}, expected ${show(expected[key])}`);
}

const show = (value: unknown): string =>
  value === undefined ? 'as in the base' : typeof value === 'string' ? value : stable(value);
