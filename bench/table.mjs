// Rows of measurements as a Markdown table.

/**
 * @param rows `{ what, seconds, ratio?, cpuSeconds?, megabytes? }`: wall-clock time of the best round, how many
 *   times the first row's, processor time of that round, peak resident memory.
 */
export function table(rows) {
  const columns = ['what', 'seconds', 'ratio', 'cpu seconds', 'peak memory'];
  const lines = rows.map(({ what, seconds, ratio, cpuSeconds, megabytes }) => [
    what,
    seconds.toFixed(3),
    ratio?.toFixed(2) ?? '',
    cpuSeconds?.toFixed(3) ?? '',
    megabytes === undefined ? '' : `${Math.round(megabytes)} MB`,
  ]);
  return [columns, columns.map(() => '---'), ...lines]
    .map((cells) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |\n`)
    .join('');
}
