// Sizes as people write them.

/** Bytes that a size such as `500MB`, `10GiB` or `1024` means; undefined where it is none. */
export function parseBytes(text: string): number | undefined {
  const [, amount, prefix = '', binary] = /^(\d+(?:\.\d+)?) ?([kMGT]?)(i?)B?$/i.exec(text) ?? [];
  if (amount === undefined || (binary && !prefix)) return undefined;
  const power = ['', 'k', 'm', 'g', 't'].indexOf(prefix.toLowerCase());
  return Math.floor(Number(amount) * (binary ? 1024 : 1000) ** power);
}
