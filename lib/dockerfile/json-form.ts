// The exec form: arguments as a JSON array of strings.
import { trimStart } from './whitespace.js';

/**
 * The strings of a JSON array, `'mixed'` for a JSON array that holds anything but strings, undefined for
 * whatever is not a JSON array (which is then read as the shell form).
 */
export function parseStringArray(text: string): string[] | 'mixed' | undefined {
  const trimmed = trimStart(text);
  // What cannot be an array is spared the exception, which is dear.
  if (!trimmed.startsWith('[') || !trimmed.trimEnd().endsWith(']')) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(trimmed);
  } catch {
    return undefined;
  }
  if (!Array.isArray(value)) return undefined;
  if (!value.every((element) => typeof element === 'string')) return 'mixed';
  return value.map((element: string) => element.toWellFormed());
}
