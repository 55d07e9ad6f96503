// How figures are shown.

/** The first few plain figures of a check. */
export function figuresLine({ ms, ...figures }) {
  const steps = Object.entries(ms ?? {}).map(([what, value]) => `${what} ${shown(value)} ms`);
  const plain = Object.entries(figures)
    .filter(([, value]) => typeof value === 'number')
    .map(([name, value]) => `${name} ${short(value)}`);
  return [...plain.slice(0, 4), ...steps].join(', ');
}

/** One line for each way to compute, one column for each model and batch. */
export function speedTable(results) {
  const timed = results.filter(({ figures }) => Object.keys(figures.ms ?? {}).length > 0);
  const columns = [...new Set(timed.flatMap(({ figures }) => Object.keys(figures.ms)))];
  const rows = timed.map(({ name, figures }) => [name, ...columns.map((column) => shown(figures.ms[column]))]);
  const widths = ['', ...columns].map((title, i) => Math.max(title.length, ...rows.map((row) => row[i].length)));
  const line = (cells) =>
    cells.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]) : cell.padStart(widths[i]))).join('  ');
  return timed.length === 0 ? [] : [['', ...columns], ...rows].map(line);
}

const shown = (ms) => (ms === undefined ? '' : short(ms));

function short(value) {
  return Math.abs(value) >= 1000 ? value.toFixed(0) : String(Number(value.toPrecision(3)));
}
