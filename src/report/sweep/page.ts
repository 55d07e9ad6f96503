import { bare, plain } from '../charts/chart.js';
import { dataTable, figure } from '../html/figures.js';
import { breakable, html, type Markup } from '../html/markup.js';
import { renderDocument } from '../html/page.js';
import { metricFormat, parallelChart, trialTable } from './chart.js';
import type { SweepReport } from './schema.js';

/** The report of a sweep as one HTML file that needs nothing from anywhere. */
export function renderSweepPage(report: SweepReport): Promise<string> {
  return content(report).then((markup) =>
    renderDocument({ title: `sweep ${report.name}`, content: markup, data: report }),
  );
}

async function content(report: SweepReport): Promise<Markup> {
  const { name, isOver, done, trials, axes, metric } = report;
  const chart = parallelChart(report);
  return html`<h1>${name}</h1>
<p class="facts">sweep of ${trials.length} trials · ${done} training${done === 1 ? '' : 's'} done${isOver ? '' : ', not over'}</p>
${best(report)}
${
  chart === null
    ? html`<p class="note">No trial has a result yet.</p>`
    : html`<h3>All trials</h3>
<p>Each line is a trial, from its parameters to its ${metric}: blue ones did best, orange ones worst, and the best is bold. Drag along an axis to choose some of them.</p>
${await figure(chart, null)}`
}
${mattered(report)}
<h3>Trials, best first</h3>
<div class="scroll" tabindex="0" role="region" aria-label="Trials">${dataTable(trialTable(trials, axes, metric))}</div>
<details><summary>Sweep file</summary><pre tabindex="0">${JSON.stringify(report.sweep, null, 2)}</pre></details>`;
}

function best({ best: winner, trials, metric }: SweepReport): Markup {
  const trial = trials.find((one) => one.trial === winner?.trial);
  if (winner === null || trial === undefined) return html``;
  const facts = [
    ['best trial', String(trial.trial)],
    [metric, trial.score === null ? '–' : metricFormat(metric)(trial.score)],
    ['epochs', String(trial.epochs)],
    // The table below has every digit.
    ...Object.entries(trial.parameters).map(([path, value]) => [
      path,
      typeof value === 'number' ? plain(value) : bare(JSON.stringify(value)),
    ]),
  ] as const;
  return html`<dl class="cards">${facts.map(([term, value]) => html`<div class="card"><dt>${breakable(term)}</dt><dd>${value}</dd></div>`)}</dl>`;
}

/** Bars of HTML: a number each, and its length. */
function mattered({ importance, metric }: SweepReport): Markup {
  const shares = Object.entries(importance).sort(([, a], [, b]) => b - a);
  if (shares.length === 0) return html``;
  const row = ([path, share]: readonly [string, number]) =>
    html`<tr><th scope="row">${path}</th><td>${share.toFixed(2)}</td><td class="text"><span class="bar" style="width:${(share * 16).toFixed(2)}rem"></span></td></tr>`;
  return html`<h3>What mattered</h3>
<p>How much of the order of the trials by ${metric} each parameter explains, from 0 to 1: the rank correlation for numbers, the correlation ratio for anything else.</p>
<table><thead><tr><th scope="col">parameter</th><th scope="col">share</th><td></td></tr></thead><tbody>${shares.map(row)}</tbody></table>`;
}
