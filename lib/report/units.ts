// Sizes and times as people read them.

const sizes = ['B', 'kB', 'MB', 'GB', 'TB'];

/** Bytes in decimal units: `1.2 MB`. */
export function formatBytes(bytes: number): string {
  const power = Math.min(sizes.length - 1, Math.max(0, Math.floor(Math.log10(Math.max(bytes, 1)) / 3)));
  return `${(bytes / 1000 ** power).toFixed(power === 0 ? 0 : 1)} ${sizes[power]}`;
}

/** Milliseconds: `12 ms`, `3.4 s`, `2 min 5 s`. */
export function formatTime(milliseconds: number): string {
  if (milliseconds < 1000) return `${Math.round(milliseconds)} ms`;
  const seconds = milliseconds / 1000;
  if (seconds < 60) return `${seconds.toFixed(1)} s`;
  return `${Math.floor(seconds / 60)} min ${Math.round(seconds % 60)} s`;
}

/** For JSON.stringify: times in whole microseconds, which is what the clock tells. */
export function roundTimes(key: string, value: unknown): unknown {
  return key === 'milliseconds' && typeof value === 'number' ? Math.round(value * 1000) / 1000 : value;
}
