import { chartsOfRun, runId } from '../charts/charts.js';
import { worstConfusion } from '../charts/confusion.js';
import type { Report, TestResult } from '../schema.js';
import { figure } from './figures.js';
import { html, type Markup } from './markup.js';
import { cellPictures } from './pictures.js';

/** The confusion matrix and, beside it, room for the pictures of the cell that is clicked. */
export async function confusionSection(report: Report, i: number, test: TestResult): Promise<Markup> {
  const [chart] = chartsOfRun(report, i).confusion;
  if (chart === undefined) return html``;
  const id = runId(i);
  const unit = (value: string, words: string, checked: boolean) =>
    html`<label><input type="radio" name="${id}-unit" value="${value}"${checked ? html` checked` : ''}> ${words}</label>`;
  const toggle = html`<fieldset class="toggle screen" data-run="${i}" aria-label="Unit of the confusion matrix">${unit('counts', 'images', true)}${unit('shares', '% of the true class', false)}</fieldset>`;
  const hint =
    test.cells.length === 0
      ? 'The run kept too little to show pictures of its cells.'
      : 'Click a cell to see some of its pictures: mistakes the most confident first, right answers the least confident.';
  const worst = test.cells.length === 0 ? undefined : worstConfusion(test.confusion);
  return html`<div class="split">
<div>${toggle}${await figure(chart, cellTable(test, id))}<p class="facts screen">${hint}</p></div>
<div class="panel" id="${id}-cell" aria-live="polite">${worst === undefined ? '' : cellPictures(report, test, worst.actual, worst.predicted)}</div>
</div>`;
}

/** The same as buttons, for who has no mouse. */
function cellTable({ confusion, classes }: TestResult, id: string): Markup {
  const name = (c: number) => classes[c]?.name ?? String(c);
  const cell = (count: number, actual: number, predicted: number) =>
    html`<td><button type="button" data-run="${id}" data-actual="${actual}" data-predicted="${predicted}" aria-pressed="false" aria-label="${name(actual)} predicted as ${name(predicted)}: ${count} images">${count}</button></td>`;
  return html`<table class="cells"><caption>Rows are true classes, columns predicted ones.</caption>
<thead><tr><th scope="col">true \\ predicted</th>${classes.map((_, c) => html`<th scope="col">${name(c)}</th>`)}</tr></thead>
<tbody>${confusion.map((row, actual) => html`<tr><th scope="row">${name(actual)}</th>${row.map((count, predicted) => cell(count, actual, predicted))}</tr>`)}</tbody>
</table>`;
}
