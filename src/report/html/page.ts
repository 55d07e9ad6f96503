import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { bare, percent } from '../charts/chart.js';
import { runId } from '../charts/charts.js';
import { comparedCurves } from '../charts/curves.js';
import { bundled } from '../draw.js';
import type { Report } from '../schema.js';
import { dataTable, figures } from './figures.js';
import { html, jsonScript, type Markup, Markup as Raw } from './markup.js';
import { sheetRule } from './pictures.js';
import { duration, runSections } from './run.js';
import { STYLE } from './style.js';

export interface PageOptions {
  /** Where the page hears that there is news of a run that goes on; undefined for a file. */
  readonly events?: string;
}

/** The report as one HTML file that needs nothing from anywhere. */
export async function renderPage(report: Report, { events }: PageOptions = {}): Promise<string> {
  const title = report.runs.length === 1 ? (report.runs[0]?.name ?? '') : `${report.runs.length} runs compared`;
  const content = report.runs.length === 1 ? await oneRun(report) : await severalRuns(report, title);
  return renderDocument({ title, content, data: report, rules: sheetRule(report), events });
}

interface Document {
  readonly title: string;
  readonly content: Markup;
  /** What the page's script draws from, and other programs may read. */
  readonly data: { readonly by: string; readonly made: string };
  /** Further rules of style. */
  readonly rules?: Markup;
  readonly events?: string | undefined;
}

/** A page with all that it needs in it. */
export async function renderDocument({ title, content, data, rules, events }: Document): Promise<string> {
  const script = await readFile(bundled('page.js'), 'utf8');
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy(script, events)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="generator" content="fmnist ${data.by}">
<title>${title} · fmnist</title>
<style>${new Raw(STYLE)}${rules}</style>
</head>
<body${events === undefined ? '' : html` data-events="${events}"`}>
<main>
${content}
</main>
<footer>Made by fmnist ${data.by} on <time datetime="${data.made}">${data.made.slice(0, 16).replace('T', ' ')} UTC</time>. All figures are in this file as JSON: the script element with the id <code>report</code>.</footer>
<script type="application/json" id="report">${jsonScript(data)}</script>
<script>${new Raw(script)}</script>
</body>
</html>
`;
  return page.text;
}

/** Nothing is loaded from anywhere and no script runs but ours, whatever a name holds. */
function policy(script: string, events: string | undefined): string {
  const hash = createHash('sha256').update(script).digest('base64');
  const connect = events === undefined ? '' : "; connect-src 'self'";
  return `default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'sha256-${hash}'; base-uri 'none'; form-action 'none'${connect}`;
}

async function oneRun(report: Report): Promise<Markup> {
  return html`<h1>${report.runs[0]?.name}</h1>${heading(report, 0)}${await runSections(report, 0)}`;
}

async function severalRuns(report: Report, title: string): Promise<Markup> {
  const sections: Markup[] = [];
  for (const [i, run] of report.runs.entries()) {
    sections.push(
      html`<section id="${runId(i)}"><h2>${run.name}</h2>${heading(report, i)}${await runSections(report, i)}</section>`,
    );
  }
  return html`<h1>${title}</h1>
<nav aria-label="Runs"><ul>${report.runs.map((run, i) => html`<li><a href="#${runId(i)}">${run.name}</a></li>`)}</ul></nav>
<h3>Results</h3>
${results(report)}
<h3>Curves</h3>
${await figures(comparedCurves(report))}
<h3>Settings that differ</h3>
${differences(report)}
${sections}`;
}

function heading({ runs }: Report, i: number): Markup {
  const run = runs[i];
  if (run === undefined) return html``;
  const { model, status, epochs, epochsPlanned, sweep } = run;
  const planned = epochsPlanned === null || epochsPlanned === epochs ? '' : ` of ${epochsPlanned}`;
  const trial = sweep === null ? '' : ` · trial ${sweep.trial} (seed ${sweep.seed}) of the sweep ${sweep.name}`;
  return html`<p class="facts">${model ?? 'unknown model'} · ${status} after ${epochs}${planned} epoch${epochs === 1 && planned === '' ? '' : 's'}${trial}</p>`;
}

function results({ runs }: Report): Markup {
  const share = (value: number | null | undefined) => (value == null ? '–' : percent(value));
  const rows = runs.map(({ name, status, epochs, bestValAccuracy, test, seconds }) => [
    name,
    status,
    String(epochs),
    share(bestValAccuracy),
    share(test?.accuracy),
    test?.loss == null ? '–' : test.loss.toFixed(4),
    share(test?.calibration?.expectedCalibrationError),
    seconds === null ? '–' : duration(seconds),
  ]);
  const columns = [
    'run',
    'status',
    'epochs',
    'best validation',
    'test accuracy',
    'test loss',
    'calibration error',
    'time',
  ];
  return html`<div class="scroll" tabindex="0" role="region" aria-label="Results">${dataTable({ columns, rows })}</div>`;
}

function differences({ differences, runs }: Report): Markup {
  if (differences.length === 0) return html`<p>Their settings are the same.</p>`;
  const rows = differences.map(({ path, values }) => [
    path,
    ...values.map((value) => (value === null ? '–' : bare(value))),
  ]);
  return html`<div class="scroll" tabindex="0" role="region" aria-label="Settings that differ">${dataTable({ columns: ['setting', ...runs.map(({ name }) => name)], rows })}</div>`;
}
