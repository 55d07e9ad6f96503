import { readFile } from 'node:fs/promises';
import { packageFile } from '../package.js';
import type { RunRecord } from '../runs/read.js';
import { type Chart, escapeHtml, lineChart, plain } from './charts/chart.js';
import { confusionChart } from './charts/confusion.js';
import { comparedCurves, runCurves } from './charts/curves.js';
import { FILE_THEME } from './charts/theme.js';
import { bundled, drawSvg } from './draw.js';
import { makeReport } from './make.js';

export const PLOT_FORMATS = ['svg', 'png'] as const;
export type PlotFormat = (typeof PLOT_FORMATS)[number];

/** Pixels of a PNG for one of the drawing: sharp in print and on dense screens. */
const PNG_SCALE = 2;
const MARGIN = 16;
const HEADING = 26;

/** Loss and accuracy of a run, or of several over each other, as one picture. */
export function plotRuns(records: readonly RunRecord[], format: PlotFormat): Promise<Uint8Array> {
  const report = makeReport({
    runs: records.map((record) => ({
      record,
      predictions: undefined,
      network: undefined,
      filters: null,
      maps: [],
      notes: [],
    })),
    classes: [],
    differences: [],
    images: undefined,
    now: new Date(0),
    version: '',
  });
  const [run] = report.runs;
  const charts =
    report.runs.length === 1 && run !== undefined ? runCurves(run, 'run').slice(0, 2) : comparedCurves(report);
  return plot(report.runs.length === 1 ? (run?.name ?? '') : '', charts, format);
}

/** A confusion matrix as a picture; rows are true classes. */
export function plotConfusion(
  title: string,
  confusion: readonly (readonly number[])[],
  classes: readonly string[],
  format: PlotFormat,
): Promise<Uint8Array> {
  const counts = confusion.map((row) => [...row]);
  return plot(title, [confusionChart({ confusion: counts, classes }, 'confusion', 'counts')], format);
}

/** The loss against a rising learning rate (see `rangeTest`), and the suggested rate. */
export function plotRangeTest(
  title: string,
  points: readonly { readonly learningRate: number; readonly loss: number; readonly smoothed: number }[],
  suggestion: number | null,
  format: PlotFormat,
): Promise<Uint8Array> {
  // Where the loss explodes its height says nothing, and would flatten the rest.
  const highest = 1.25 * (points[0]?.smoothed ?? 0);
  const line = (field: 'loss' | 'smoothed') =>
    points.map((point) => [point.learningRate, Math.min(highest, point[field])] as const);
  const chart = lineChart({
    id: 'range-test',
    title: suggestion === null ? 'Loss' : `Loss; suggested learning rate ${suggestion}`,
    description: 'The loss of each step against its learning rate.',
    lines: [
      {
        name: 'of each batch',
        points: line('loss'),
        style: 1,
        marked: false,
        width: 0.8,
      },
      { name: 'smoothed', points: line('smoothed'), style: 0, marked: false, width: 2 },
    ],
    x: { name: 'learning rate', log: true, format: (rate) => rate.toExponential(0) },
    y: { name: 'cross-entropy', format: plain },
    table: { columns: [], rows: [] },
  });
  return plot(title, [chart], format);
}

async function plot(title: string, charts: readonly Chart[], format: PlotFormat): Promise<Uint8Array> {
  const svg = await beside(title, charts);
  return format === 'svg' ? Buffer.from(svg) : toPng(svg);
}

/** Charts side by side under a heading, on white. */
async function beside(title: string, charts: readonly Chart[]): Promise<string> {
  const top = MARGIN + (title === '' ? 0 : HEADING);
  let left = MARGIN;
  const drawn: string[] = [];
  for (const chart of charts) {
    const svg = await drawSvg(chart, FILE_THEME);
    drawn.push(svg.replace(/^<svg /, `<svg x="${left}" y="${top}" `));
    left += chart.width + MARGIN;
  }
  const height = top + Math.max(0, ...charts.map((chart) => chart.height)) + MARGIN;
  const heading = `<text x="${MARGIN + 4}" y="${MARGIN + 14}" font-family="${FILE_THEME.font.replaceAll('"', "'")}" font-size="15" font-weight="600" fill="${FILE_THEME.ink}">${escapeHtml(title)}</text>`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${left}" height="${height}" viewBox="0 0 ${left} ${height}">`,
    `<rect width="100%" height="100%" fill="${FILE_THEME.ground}"/>`,
    ...(title === '' ? [] : [heading]),
    ...drawn,
    '</svg>',
    '',
  ].join('\n');
}

/** The rasterizer comes with a font of its own: servers and containers have none. */
async function toPng(svg: string): Promise<Uint8Array> {
  const { initWasm, Resvg } = await import('@resvg/resvg-wasm');
  ready ??= readFile(packageFile('dist/wasm/resvg.wasm')).then((bytes) => initWasm(bytes));
  await ready;
  const fonts = await Promise.all(
    (['inter-400.woff2', 'inter-600.woff2'] as const).map((name) => readFile(bundled(name))),
  );
  const rasterizer = new Resvg(svg, {
    fitTo: { mode: 'zoom', value: PNG_SCALE },
    font: { fontBuffers: fonts, defaultFontFamily: 'Inter', sansSerifFamily: 'Inter' },
  });
  const image = rasterizer.render();
  const png = image.asPng();
  image.free();
  rasterizer.free();
  return png;
}

/** It may be initialised once in a process. */
let ready: Promise<void> | undefined;
