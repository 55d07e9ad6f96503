export const CHART_HEIGHT = 14;
const WIDEST_CHART = 72;
/** Two charts and a gap fit side by side. */
const BESIDE = 99;

/** Columns of one chart. */
export function chartWidth(columns: number): number {
  const width = Math.max(1, columns - 1);
  return Math.min(WIDEST_CHART, width >= BESIDE ? Math.floor((width - 3) / 2) : width);
}

/** Two charts side by side where there is room, else one below the other. */
export function sideBySide(
  left: readonly string[],
  right: readonly string[],
  columns: number,
  pad: (line: string, width: number) => string,
): string[] {
  if (columns - 1 < BESIDE) return [...left, '', ...right];
  return left.map((line, i) => `${pad(line, chartWidth(columns) + 3)}${right[i] ?? ''}`);
}

/** Sections with a blank line between them; empty ones are left out. */
export function joinSections(sections: readonly (readonly string[])[]): string[] {
  return sections
    .filter((section) => section.length > 0)
    .flatMap((section, i) => (i === 0 ? section : ['', ...section]));
}
