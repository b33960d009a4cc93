// What counts as a blank. Dockerfiles are defined by a Go program, whose idea differs a little from
// JavaScript's: U+0085 is a space there, U+FEFF is not.

const SPACE = /[\t\n\v\f\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]/;
const LEADING_SPACE = new RegExp(`^${SPACE.source}+`);

/** Whether one character is white space. */
export function isSpace(character: string): boolean {
  return SPACE.test(character);
}

/** The text without white space at its start. */
export function trimStart(text: string): string {
  return startsPlainly(text) ? text : text.replace(LEADING_SPACE, '');
}

/** Most lines do, and are spared the expression. */
function startsPlainly(text: string): boolean {
  const first = text.charCodeAt(0);
  return first > 0x20 && first < 0x7f;
}

/** The text without white space at its end. */
export function trimEnd(text: string): string {
  let end = text.length;
  while (end > 0 && isSpace(text[end - 1]!)) end--;
  return text.slice(0, end);
}

/** The words between white space. */
export function splitAtSpace(text: string): string[] {
  return text.split(SPACE).filter((word) => word !== '');
}
