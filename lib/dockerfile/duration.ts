// Durations as Go writes them, `1h30m`, `1.5s`, `300ms`: https://pkg.go.dev/time#ParseDuration
const NANOSECONDS: Record<string, number> = {
  ns: 1,
  us: 1e3,
  µs: 1e3,
  μs: 1e3,
  ms: 1e6,
  s: 1e9,
  m: 60e9,
  h: 3600e9,
};

const DURATION = /^([+-]?)((?:(?:\d+\.?\d*|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+|0)$/;

/** A Go duration in nanoseconds, or undefined where the text is none. */
export function parseGoDuration(text: string): number | undefined {
  const [, sign, body] = DURATION.exec(text) ?? [];
  if (body === undefined) return undefined;
  let total = 0;
  for (const [, amount, unit] of body.matchAll(/([\d.]+)([a-zµμ]+)/g)) {
    total += Math.trunc(Number(amount) * NANOSECONDS[unit!]!);
  }
  return sign === '-' ? -total : total;
}
