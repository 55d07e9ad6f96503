import { z } from 'zod';
import type { RunRecord } from '../../runs/read.js';
import { metricChart } from '../chart/metric-chart.js';
import { classTable } from '../class-table.js';
import type { ReportView } from '../end/report.js';
import { confusion } from '../end/report.js';
import * as format from '../format.js';
import { joinWrapped, padEnd } from '../lines.js';
import { CHART_HEIGHT, chartWidth, joinSections, sideBySide } from './view.js';

/** A run's charts, results and surroundings, as lines. */
export function renderRun(run: RunRecord, view: ReportView): string[] {
  const width = Math.max(1, view.columns - 1);
  return joinSections([
    heading(run, width, view),
    charts(run, view),
    results(run, width, view),
    run.summary.classes === undefined ? [] : classTable(run.summary.classes, width),
    confusion(run.summary, width, view.palette),
    [`next: ${view.palette.strong(next(run))}`],
  ]);
}

function heading(run: RunRecord, width: number, { palette }: ReportView): string[] {
  const epochs = `${run.epochs} of ${run.epochsPlanned ?? '?'} epochs`;
  const time = run.seconds === null ? [] : [format.clock(run.seconds)];
  const facts = [palette.strong(run.name), run.model ?? 'unknown model', `${run.status}, ${epochs}`, ...time];
  const message = run.summary.message === undefined ? [] : [palette.warning(run.summary.message)];
  return [...joinWrapped(facts, width), ...surroundings(run.environment, width).map(palette.dim), ...message];
}

const Environment = z.object({
  engine: z.object({ name: z.string(), device: z.string(), deviceName: z.string(), threads: z.number() }).optional(),
  precision: z.string().optional(),
  seed: z.number().optional(),
  data: z.object({ train: z.number(), augmented: z.number(), validation: z.number() }).optional(),
});

function surroundings(environment: unknown, width: number): string[] {
  const parsed = Environment.safeParse(environment);
  if (!parsed.success) return [];
  const { engine, precision, seed, data } = parsed.data;
  return joinWrapped(
    [
      ...(engine === undefined ? [] : [format.engineLine(engine)]),
      ...(precision === undefined ? [] : [precision]),
      ...(seed === undefined ? [] : [`seed ${seed}`]),
      ...(data === undefined
        ? []
        : [`${format.trainingImages(data)} images`, `${format.count(data.validation)} held out`]),
    ],
    width,
  );
}

function charts({ history }: RunRecord, { columns, palette }: ReportView): string[] {
  if (history.length === 0) return [];
  const chart = (metric: 'loss' | 'accuracy') =>
    metricChart({ metric, history, palette, width: chartWidth(columns), height: CHART_HEIGHT, log: false });
  return sideBySide(chart('loss'), chart('accuracy'), columns, padEnd);
}

function results(run: RunRecord, width: number, { palette }: ReportView): string[] {
  const { testAccuracy, bestValAccuracy } = run;
  const test = testAccuracy === null ? [] : [`test accuracy ${palette.strong(format.percent(testAccuracy))}`];
  const loss = run.summary.testLoss == null ? [] : [`test loss ${format.loss(run.summary.testLoss)}`];
  const best = bestValAccuracy === null ? [] : [`best validation accuracy ${format.percent(bestValAccuracy)}`];
  return joinWrapped([...test, ...loss, ...best], width);
}

function next(run: RunRecord): string {
  if (run.status === 'interrupted' || run.status === 'stopped') return `fmnist train --resume ${run.name}`;
  return `fmnist evaluate ${run.name}`;
}
