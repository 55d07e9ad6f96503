import type { ECharts } from 'echarts/core';
import type { Chart } from '../src/report/charts/chart.js';
import { allCharts, chartsOfRun, runId } from '../src/report/charts/charts.js';
import { PAGE_THEME } from '../src/report/charts/theme.js';
import { cellPictures } from '../src/report/html/pictures.js';
import type { Report } from '../src/report/schema.js';
import { parallelChart } from '../src/report/sweep/chart.js';
import type { SweepReport } from '../src/report/sweep/schema.js';
import { init } from './echarts.js';

/** The script of a report's page: charts that answer to the pointer, and the pictures of the cells of a matrix. */
function start(): void {
  // Our own page wrote it.
  const report = JSON.parse(document.getElementById('report')?.textContent ?? '') as Report | SweepReport;
  const live = new Map<string, ECharts>();
  for (const chart of chartsOf(report)) {
    const drawn = enliven(chart);
    if (drawn !== undefined) live.set(chart.id, drawn);
  }
  if (report.format === 'fmnist-report') for (const i of report.runs.keys()) watchCells(report, i, live);
  followEvents();
}

function chartsOf(report: Report | SweepReport): Chart[] {
  if (report.format === 'fmnist-report') return allCharts(report);
  const chart = parallelChart(report);
  return chart === null ? [] : [chart];
}

/** Puts a chart that zooms and tells its figures in the place of its static picture. */
function enliven(chart: Chart): ECharts | undefined {
  const place = document.getElementById(chart.id);
  if (place === null) return undefined;
  place.replaceChildren();
  place.classList.add('live');
  const least = chart.leastHeight ?? 220;
  const height = (width: number) => Math.min(chart.height, Math.max(least, (chart.height * width) / chart.width));
  place.style.height = `${height(place.clientWidth)}px`;
  const drawn = init(place, null, { renderer: 'svg' });
  drawn.setOption(chart.option(PAGE_THEME));
  let width = place.clientWidth;
  scalable(drawn);
  new ResizeObserver(() => {
    // It also tells the size that there is: drawing again then would lose a click that has just begun.
    if (place.clientWidth === width) return;
    width = place.clientWidth;
    place.style.height = `${height(width)}px`;
    drawn.resize();
    scalable(drawn);
  }).observe(place);
  return drawn;
}

/** Lets a drawing shrink to the paper, which may be narrower than the screen. */
function scalable(drawn: ECharts): void {
  const svg = drawn.getDom().querySelector('svg');
  svg?.setAttribute('viewBox', `0 0 ${drawn.getWidth()} ${drawn.getHeight()}`);
}

function watchCells(report: Report, i: number, live: ReadonlyMap<string, ECharts>): void {
  const id = runId(i);
  const [matrix] = chartsOfRun(report, i).confusion;
  const drawn = matrix === undefined ? undefined : live.get(matrix.id);
  drawn?.on('click', ({ value }) => {
    const [predicted, actual] = value as [number, number];
    showCell(report, i, actual, predicted);
  });
  for (const button of buttons(id)) {
    button.addEventListener('click', () =>
      showCell(report, i, Number(button.dataset.actual), Number(button.dataset.predicted)),
    );
  }
  for (const input of document.querySelectorAll<HTMLInputElement>(`input[name="${id}-unit"]`)) {
    input.addEventListener('change', () => {
      const [chart] = chartsOfRun(report, i, input.value === 'shares' ? 'shares' : 'counts').confusion;
      if (chart !== undefined) drawn?.setOption(chart.option(PAGE_THEME), { notMerge: true });
    });
  }
}

function buttons(id: string): HTMLButtonElement[] {
  return [...document.querySelectorAll<HTMLButtonElement>(`button[data-run="${id}"]`)];
}

function showCell(report: Report, i: number, actual: number, predicted: number): void {
  const test = report.runs[i]?.test;
  const panel = document.getElementById(`${runId(i)}-cell`);
  if (panel === null || test == null) return;
  // Every text in it is escaped where it is made.
  panel.innerHTML = cellPictures(report, test, actual, predicted).text;
  for (const button of buttons(runId(i))) {
    const chosen = Number(button.dataset.actual) === actual && Number(button.dataset.predicted) === predicted;
    button.setAttribute('aria-pressed', String(chosen));
  }
}

/** While the run goes on, its server says when there is news; the page stays where it was scrolled to. */
function followEvents(): void {
  const address = document.body.dataset.events;
  if (address === undefined) return;
  const status = document.createElement('div');
  status.className = 'status screen';
  status.setAttribute('role', 'status');
  status.textContent = 'live';
  document.body.append(status);
  const events = new EventSource(address);
  events.addEventListener('report', () => location.reload());
  events.addEventListener('error', () => {
    status.textContent = 'the server has ended';
  });
  events.addEventListener('open', () => {
    status.textContent = 'live';
  });
}

start();
