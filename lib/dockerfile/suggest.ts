// "Did you mean …?": the nearest of the words that would have been right.

/** How many letters may differ before a guess would mislead. */
const FARTHEST = 2;

/**
 * A clause to put behind a refusal: ` (did you mean RUN?)`, or nothing where no option is near.
 *
 * @param word what was written
 * @param options what may be written there
 */
export function didYouMean(word: string, options: readonly string[]): string {
  const wanted = word.toLowerCase();
  let nearest: string | undefined;
  let least = FARTHEST + 1;
  for (const option of options) {
    if (Math.abs(option.length - word.length) > FARTHEST) continue;
    const distance = editDistance(wanted, option.toLowerCase());
    if (distance < least && distance < Math.min(option.length, word.length)) {
      nearest = option;
      least = distance;
    }
  }
  return nearest === undefined ? '' : ` (did you mean ${nearest}?)`;
}

/** Levenshtein's distance: insertions, deletions and replacements that turn one word into the other. */
function editDistance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, column) => column);
  for (let i = 1; i <= from.length; i++) {
    const next = [i];
    for (let j = 1; j <= to.length; j++) {
      const replaced = row[j - 1]! + (from[i - 1] === to[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, row[j]! + 1, next[j - 1]! + 1));
    }
    row = next;
  }
  return row[to.length]!;
}
