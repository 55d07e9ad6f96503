import { shellWord } from '../../command-line.js';
import { type Chart, percent, plain } from '../charts/chart.js';
import { chartsOfRun } from '../charts/charts.js';
import { constantRate } from '../charts/curves.js';
import type { Report, RunReport, TestResult } from '../schema.js';
import { confusionSection } from './confusion.js';
import { dataTable, figure, figures } from './figures.js';
import { html, type Markup } from './markup.js';
import { guessTiles, namesOf, sheetTiles } from './pictures.js';

/** Everything of one run; `level` is that of its headings. */
export async function runSections(report: Report, i: number): Promise<Markup> {
  const run = report.runs[i];
  if (run === undefined) return html``;
  const charts = chartsOfRun(report, i);
  return html`
${run.message === null ? '' : html`<p class="note">${run.message}</p>`}
${run.notes.map((note) => html`<p class="note">${note}</p>`)}
${cards(run)}
${charts.curves.length === 0 ? '' : html`<h3>Curves</h3>${await figures(charts.curves)}`}
${run.test === null ? '' : await testSections(report, i, run.test)}
${run.network === null ? '' : networkSection(run.network)}
${filterSections(report, run)}
${await normsSection(run.norms, charts.norms)}
${settingsSection(run)}`;
}

function cards(run: RunReport): Markup {
  const { test, bestValAccuracy, network, seconds } = run;
  const rate = constantRate(run);
  const facts: (readonly [string, string | undefined])[] = [
    ['test accuracy', test?.accuracy == null ? undefined : percent(test.accuracy)],
    ['test loss', test?.loss == null ? undefined : test.loss.toFixed(4)],
    ['best validation', bestValAccuracy === null ? undefined : percent(bestValAccuracy)],
    ['calibration error', test?.calibration == null ? undefined : percent(test.calibration.expectedCalibrationError)],
    ['learning rate', rate === null ? undefined : plain(rate)],
    ['time', seconds === null ? undefined : duration(seconds)],
    ['parameters', network === null ? undefined : network.parameters.toLocaleString('en')],
  ];
  const card = ([name, value]: readonly [string, string | undefined]) =>
    value === undefined ? '' : html`<div class="card"><dt>${name}</dt><dd>${value}</dd></div>`;
  return html`<dl class="cards">${facts.map(card)}</dl>`;
}

const VIEWS = { flip: 'mirror images', 'flip-shift': 'mirror images and shifts' } as const;

/** Every result of the test, where there is more than the one that the cards tell. */
function resultTable({ epoch, best, views, ...test }: TestResult): Markup {
  const last = epoch === null ? 'trained' : `epoch ${epoch}`;
  const averaged = 'averaged';
  const once = 'each image once';
  const over = views === null ? '' : `mean over ${VIEWS[views.of]}`;
  const results = [
    [last, once, test],
    [`epoch ${best?.epoch}, the best`, once, best],
    [averaged, once, { accuracy: test.emaAccuracy, loss: test.emaLoss }],
    [last, over, views],
    [averaged, over, { accuracy: views?.emaAccuracy, loss: views?.emaLoss }],
  ] as const;
  const rows = results.flatMap(([weights, by, result]) =>
    result?.accuracy == null ? [] : [[weights, by, percent(result.accuracy), result.loss?.toFixed(4) ?? '–']],
  );
  if (rows.length < 2) return html``;
  const columns = ['weights', 'test by', 'accuracy', 'loss'];
  return html`<h3>Test</h3>
<div class="scroll" tabindex="0" role="region" aria-label="Test">${dataTable({ columns, rows })}</div>`;
}

async function testSections(report: Report, i: number, test: TestResult): Promise<Markup> {
  const [calibration] = chartsOfRun(report, i).calibration;
  const images = test.confusion.flat().reduce((sum, n) => sum + n, 0);
  return html`
${resultTable(test)}
<h3>Classes</h3>
${classTable(test, images)}
<h3>What is taken for what</h3>
${await confusionSection(report, i, test)}
${test.mistakes.length === 0 ? '' : html`<h3>The most confident mistakes</h3>${guessTiles(report, test.mistakes, namesOf(test))}`}
${test.unsure.length === 0 ? '' : html`<h3>The least confident right answers</h3>${guessTiles(report, test.unsure, namesOf(test))}`}
${
  calibration === undefined
    ? ''
    : html`<h3>Calibration</h3><div class="grid">${await figure(calibration)}<div>
<p>Each test image stands in the bin of the probability that the model gave to its answer. A bar that ends on the dashed line is right as often as it claims; below it the model is too sure of itself, above it not sure enough.</p>
<p>The expected calibration error, ${percent(test.calibration?.expectedCalibrationError ?? 0)}, is the mean distance from that line over all images.</p></div></div>`
}`;
}

function classTable({ classes }: TestResult, images: number): Markup {
  const shown = (value: number | null) => (value === null ? '–' : value.toFixed(4));
  const mean = (of: 'precision' | 'recall' | 'f1') =>
    classes.reduce((sum, one) => sum + (one[of] ?? 0), 0) / Math.max(1, classes.length);
  return html`<div class="scroll" tabindex="0" role="region" aria-label="Classes"><table>
<thead><tr>${['class', 'precision', 'recall', 'F1', 'images'].map((title) => html`<th scope="col">${title}</th>`)}</tr></thead>
<tbody>${classes.map((one) => html`<tr><th scope="row">${one.name}</th><td>${shown(one.precision)}</td><td>${shown(one.recall)}</td><td>${shown(one.f1)}</td><td>${one.support}</td></tr>`)}</tbody>
<tfoot><tr><th scope="row">mean</th><td>${shown(mean('precision'))}</td><td>${shown(mean('recall'))}</td><td>${shown(mean('f1'))}</td><td>${images}</td></tr></tfoot>
</table></div>`;
}

function networkSection({
  layers,
  parameters,
  trainable,
  weightBytes,
  flops,
}: NonNullable<RunReport['network']>): Markup {
  const rows = layers.map(({ name, type, outputShape, depth, ...costs }) => [
    `${'\u2003'.repeat(depth)}${name}`,
    type,
    outputShape.join(' × '),
    costs.parameters.toLocaleString('en'),
    (costs.flops / 1e6).toFixed(2),
  ]);
  const caption = `${parameters.toLocaleString('en')} parameters (${trainable.toLocaleString('en')} trainable), ${(weightBytes / 2 ** 20).toFixed(2)} MiB as float32, ${(flops / 1e6).toFixed(2)} MFLOP an image`;
  return html`<h3>Model</h3><div class="scroll" tabindex="0" role="region" aria-label="Model">${dataTable({ columns: ['layer', 'type', 'output', 'parameters', 'MFLOP'], rows }, caption)}</div>`;
}

function filterSections(report: Report, { filters, maps }: RunReport): Markup {
  if (filters === null && maps.length === 0) return html``;
  const name = (c: number) => report.classes[c] ?? String(c);
  return html`
${
  filters === null
    ? ''
    : html`<h3>Filters of ${filters.layer}</h3>
<p>Each square is one kernel: red cells add, blue ones take away, white ones do nothing.</p>
${sheetTiles(filters.sheet, 12, `${filters.sheet.count} kernels of ${filters.layer}`)}`
}
${maps.map(
  ({
    layer,
    image,
    sheet,
  }) => html`<h3>What ${layer} makes of ${image === null ? 'an image' : `test image ${image.index} (${name(image.actual)})`}</h3>
${image === null ? '' : guessTiles(report, [image], report.classes)}
${sheetTiles(sheet, 2, `${sheet.count} feature maps of ${layer}`)}`,
)}`;
}

/** One epoch's norms are no curve. */
async function normsSection([first]: RunReport['norms'], charts: readonly Chart[]): Promise<Markup> {
  if (first === undefined) return html``;
  const shown = (value: number | null | undefined) => (value == null ? '–' : plain(value));
  const rows = Object.entries(first.weights).map(([name, norm]) => [name, shown(norm), shown(first.gradients[name])]);
  const table = dataTable({ columns: ['weight', 'L2 norm', 'of the gradient'], rows }, `After epoch ${first.epoch}`);
  return html`<h3>Norms of the layers</h3>${charts.length === 0 ? table : await figures(charts)}`;
}

function settingsSection({ config, environment }: RunReport): Markup {
  const rows = facts(environment);
  return html`<h3>What was run</h3>
${rows.length === 0 ? '' : html`<table><tbody>${rows.map(([name, value]) => html`<tr><th scope="row">${name}</th><td class="text">${value}</td></tr>`)}</tbody></table>`}
<details><summary>Config</summary><pre tabindex="0">${JSON.stringify(config, null, 2)}</pre></details>`;
}

/** Whatever an environment holds, a line each; the command line first. */
function facts(environment: unknown): [string, string][] {
  if (typeof environment !== 'object' || environment === null) return [];
  const { arguments: args, ...rest } = environment as Record<string, unknown>;
  const command = Array.isArray(args)
    ? [['command', `fmnist ${args.map((word) => shellWord(String(word))).join(' ')}`] as [string, string]]
    : [];
  return [...command, ...Object.entries(rest).map(([name, value]): [string, string] => [words(name), sentence(value)])];
}

/** memoryBytes → `memory bytes`. */
function words(name: string): string {
  return name.replace(/(?<=[a-z])[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}

function sentence(value: unknown): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'number')
    return Number.isInteger(value) ? value.toLocaleString('en', { useGrouping: value >= 1e5 }) : plain(value);
  if (typeof value !== 'object' || value === null) return String(value ?? '–');
  return Object.entries(value)
    .map(([name, inner]) => `${words(name)} ${sentence(inner)}`)
    .join(' · ');
}

export function duration(seconds: number): string {
  const whole = Math.round(seconds);
  const two = (n: number) => String(n).padStart(2, '0');
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60];
  return hours > 0 ? `${hours}:${two(minutes)}:${two(whole % 60)}` : `${minutes}:${two(whole % 60)}`;
}
