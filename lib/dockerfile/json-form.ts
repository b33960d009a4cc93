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
  const value = parseJson(trimmed);
  if (!Array.isArray(value)) return undefined;
  if (!value.every((element) => typeof element === 'string')) return 'mixed';
  return value.map((element: string) => element.toWellFormed());
}

const STRINGS = /"(?:[^"\\]|\\.)*"/g;
/** Of numbers, `true`, `false`, `null` and what stands between values. */
const BESIDES_STRINGS = /^[\s[\]{},:\d+\-.Eaeflnrstu]*$/;

/**
 * Undefined for what is no JSON. The exception for that is dear, most of it for its stack trace, and lines of a
 * shell that begin with a bracket are common: they are told by letters that no JSON has outside its strings.
 */
function parseJson(text: string): unknown {
  if (!BESIDES_STRINGS.test(text.replace(STRINGS, ''))) return undefined;
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}
