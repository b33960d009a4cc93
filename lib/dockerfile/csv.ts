// The comma-separated fields of `--mount`: fields with commas or quotes stand in quotes, quotes in them doubled.
import { Refusal } from './refusal.js';

/**
 * Splits a line into its fields.
 *
 * @throws Refusal for a quote that does not belong where it stands
 */
export function splitFields(line: string): string[] {
  const fields: string[] = [];
  let at = 0;
  for (;;) {
    if (line[at] === '"') {
      const { field, end } = readQuoted(line, at);
      fields.push(field);
      at = end;
    } else {
      const comma = line.indexOf(',', at);
      const field = line.slice(at, comma < 0 ? line.length : comma);
      if (field.includes('"'))
        throw new Refusal(`a quote must open or close a whole field, as in "${field.replaceAll('"', '')}"`);
      fields.push(field);
      at += field.length;
    }
    if (at >= line.length) return fields;
    at++;
  }
}

/** Joins fields so that `splitFields` finds them again. */
export function joinFields(fields: readonly string[]): string {
  return fields.map((field) => (/[",]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field)).join(',');
}

function readQuoted(line: string, start: number): { field: string; end: number } {
  let field = '';
  let at = start + 1;
  for (;;) {
    const quote = line.indexOf('"', at);
    if (quote < 0) throw new Refusal('a quote is never closed');
    field += line.slice(at, quote);
    at = quote + 1;
    if (line[at] !== '"') break;
    field += '"';
    at++;
  }
  if (at < line.length && line[at] !== ',') throw new Refusal('a comma must follow the closing quote');
  return { field, end: at };
}
