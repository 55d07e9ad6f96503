import path from 'node:path';
import * as z from 'zod';
import { commandLine, inRunsDir } from '../../command-line.js';
import type { RunRecord } from '../../runs/read.js';
import type { Metric } from '../chart/metric-chart.js';
import * as format from '../format.js';
import { joinWrapped } from '../lines.js';
import { joinSections, lineWidth, metricCharts, type ResultView } from './layout.js';
import { classSections, headline } from './test-result.js';

/** A run's charts, results and surroundings, as lines. */
export function renderRun(run: RunRecord, view: ResultView): string[] {
  return joinSections([
    heading(run, view),
    charts(run, view),
    ...classSections(run.summary, view),
    headline({ ...run.summary, ...run }, view),
    [`next: ${view.palette.strong(next(run))}`],
  ]);
}

function heading(run: RunRecord, view: ResultView): string[] {
  const { palette } = view;
  const width = lineWidth(view);
  const epochs = `${run.epochs} of ${run.epochsPlanned ?? '?'} epochs`;
  const time = run.seconds === null ? [] : [format.clock(run.seconds)];
  const facts = [palette.strong(run.name), run.model ?? 'unknown model', `${run.status}, ${epochs}`, ...time];
  const trial = run.sweep === null ? [] : [`trial ${run.sweep.trial} of sweep ${run.sweep.name}`];
  const labels = [...trial, ...(run.note === null ? [] : [run.note]), ...run.tags.map((tag) => `#${tag}`)];
  const message = run.summary.message === undefined ? [] : [palette.warning(run.summary.message)];
  return [
    ...joinWrapped(facts, width),
    ...joinWrapped(labels, width, '  '),
    ...surroundings(run.environment, width).map(palette.dim),
    ...diskUse(run, view),
    ...message,
  ];
}

function diskUse({ size }: RunRecord, view: ResultView): string[] {
  const { last, best, spare, records } = size;
  const parts = [
    ...(last === 0 ? [] : [`last checkpoint ${format.bytes(last)}`]),
    ...(best === 0 ? [] : [`best ${format.bytes(best)}`]),
    ...(spare === 0 ? [] : [`spare checkpoints ${format.bytes(spare)} (runs prune --slim)`]),
    `records ${format.bytes(records)}`,
  ];
  return joinWrapped(parts, lineWidth(view)).map(view.palette.dim);
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

/** One epoch alone shows what was within it. */
function charts({ history, curve }: RunRecord, view: ResultView): string[] {
  if (history.length >= 2) return metricCharts(history, view);
  if (history.length === 0 && curve.length < 2) return [];
  const points = (metric: Metric) => curve.map((point) => ({ x: point.epoch, y: point[metric] }));
  return metricCharts(
    history,
    view,
    curve.length < 2 ? undefined : { loss: points('loss'), accuracy: points('accuracy') },
  );
}

function next(run: RunRecord): string {
  const where = inRunsDir(path.dirname(run.folder));
  if (run.status === 'interrupted' || run.status === 'stopped')
    return commandLine('train', '--resume', run.name, ...where);
  return commandLine('evaluate', run.name, ...where);
}
