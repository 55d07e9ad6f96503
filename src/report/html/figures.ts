import type { Chart, ChartTable } from '../charts/chart.js';
import { PAGE_THEME } from '../charts/theme.js';
import { drawSvg } from '../draw.js';
import { breakable, html, type Markup, Markup as Raw } from './markup.js';

/**
 * A chart as a static picture, which the page's script brings to life, and its figures as a table, but where the page
 * shows that anyway.
 */
export async function figure(chart: Chart, table: Markup | null = dataTable(chart.table)): Promise<Markup> {
  const svg = (await drawSvg(chart, PAGE_THEME)).replace(
    /^<svg width="[^"]*" height="[^"]*"/,
    '<svg aria-hidden="true"',
  );
  const { id, title, description, width, height } = chart;
  return html`<figure>
<div class="chart" id="${id}" role="img" aria-label="${description}" style="max-width:${Math.round(width)}px" data-height="${Math.round(height)}">${new Raw(svg)}</div>
${table === null ? '' : html`<details><summary>${title} as a table</summary><div class="scroll" tabindex="0" role="region" aria-label="${title} as a table">${table}</div></details>`}
</figure>`;
}

export async function figures(charts: readonly Chart[]): Promise<Markup> {
  const drawn: Markup[] = [];
  for (const chart of charts) drawn.push(await figure(chart));
  return html`<div class="grid">${drawn}</div>`;
}

/** A table whose columns of words stand to the left, and those of figures to the right. */
export function dataTable({ columns, rows }: ChartTable, caption?: string): Markup {
  const kind = columns.map((_, i) => (rows.some((row) => !FIGURE.test(row[i] ?? '')) ? html` class="text"` : html``));
  return html`<table>${caption === undefined ? '' : html`<caption>${caption}</caption>`}
<thead><tr>${columns.map((column, i) => html`<th scope="col"${kind[i]}>${breakable(column)}</th>`)}</tr></thead>
<tbody>${rows.map(([head = '', ...cells]) => html`<tr><th scope="row">${head}</th>${cells.map((cell, i) => html`<td${kind[i + 1]}>${cell}</td>`)}</tr>`)}</tbody>
</table>`;
}

/** What begins as a number does, or says that there is none. */
const FIGURE = /^(?:[-+.]?\d|–$|$)/;
