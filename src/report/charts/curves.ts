import type { Report, RunReport } from '../schema.js';
import { type Chart, fewRows, type Line, type LineChart, lineChart, percent, plain } from './chart.js';

type Metric = 'loss' | 'accuracy';
type History = RunReport['history'];

const FORMAT = { loss: plain, accuracy: percent } as const;
const SHORT = { loss: plain, accuracy: (value: number) => `${Number((value * 100).toFixed(1))}%` } as const;
const FIELDS = { loss: ['valLoss', 'emaValLoss'], accuracy: ['valAccuracy', 'emaValAccuracy'] } as const;

/** Loss and accuracy, the learning rate and the time of one run, as far as there is something to draw. */
export function runCurves(run: RunReport, id: string): Chart[] {
  if (run.history.length === 0 && run.curve.length < 2) return [];
  const rates = constantRate(run) === null ? [learningRate(run, id)] : [];
  return [metricCurve(run, 'loss', id), metricCurve(run, 'accuracy', id), ...rates, ...time(run, id)];
}

function metricCurve(run: RunReport, metric: Metric, id: string): Chart {
  const { history, curve } = run;
  const [validation, averaged] = FIELDS[metric];
  const training = curve.length > 1 ? curve.map((one) => [one.epoch, one[metric]] as const) : column(history, metric);
  const lines: Line[] = [
    { name: 'training', points: training, style: 0, marked: curve.length < 2 && history.length <= 60, width: 1.5 },
    { name: 'validation', points: column(history, validation), style: 1, marked: true },
    { name: 'averaged weights', points: column(history, averaged), style: 2, marked: true },
  ].filter(({ points }) => points.some(([, y]) => y !== null));
  const averages = history.some((one) => one[averaged] !== null);
  const title = metric === 'loss' ? 'Loss' : 'Accuracy';
  return lineChart({
    id: `${id}-${metric}`,
    title,
    description: `${title} of training and validation over ${epochs(run)}.${last(history, metric)}`,
    lines,
    x: {
      name: 'epoch',
      min: curve.length > 1 ? 0 : 1,
      max: Math.max(1, run.history.at(-1)?.epoch ?? 1, curve.at(-1)?.epoch ?? 0),
    },
    y: valueAxis(metric, lines),
    table: {
      columns: ['epoch', 'training', 'validation', ...(averages ? ['averaged weights'] : [])],
      rows: fewRows(history).map((one) => [
        String(one.epoch),
        ...[metric, validation, ...(averages ? [averaged] : [])].map((field) => shown(one[field], metric)),
      ]),
    },
  });
}

/** A loss that runs away would press all else to the ground. */
const RUNAWAY = 100;

function valueAxis(metric: Metric, lines: readonly Line[]): LineChart['y'] {
  if (metric === 'accuracy') return { name: 'accuracy', format: SHORT.accuracy };
  const runsAway = lines.some(({ points }) => points.some(([, y]) => y !== null && y > RUNAWAY));
  return { name: 'cross-entropy', format: SHORT.loss, log: runsAway };
}

/** A learning rate that never changes is a number, not a curve. */
export function constantRate({ history, curve }: RunReport): number | null {
  const [first = null, ...others] = [...curve, ...history].map(({ learningRate }) => learningRate);
  return others.every((rate) => rate === first) ? first : null;
}

function learningRate(run: RunReport, id: string): Chart {
  const { history, curve } = run;
  const points =
    curve.length > 1
      ? curve.map((one) => [one.epoch, one.learningRate] as const)
      : history.map((one) => [one.epoch, one.learningRate] as const);
  return lineChart({
    id: `${id}-learning-rate`,
    title: 'Learning rate',
    description: `The learning rate over ${epochs(run)}.`,
    lines: [{ name: 'learning rate', points, style: 0, marked: false, step: curve.length < 2 }],
    x: { name: 'epoch', min: curve.length > 1 ? 0 : 1 },
    y: { name: 'learning rate', min: 0, format: plain },
    height: 260,
    table: {
      columns: ['epoch', 'learning rate'],
      rows: fewRows(history).map((one) => [
        String(one.epoch),
        one.learningRate === null ? '–' : plain(one.learningRate),
      ]),
    },
  });
}

/** One epoch's time is a number, not a curve. */
function time(run: RunReport, id: string): Chart[] {
  const { history } = run;
  if (history.length < 2) return [];
  return [
    lineChart({
      id: `${id}-time`,
      title: 'Time',
      description: `Seconds that each of ${history.length} epochs took, validation included.`,
      lines: [{ name: 'seconds an epoch', points: column(history, 'seconds'), style: 0, marked: history.length <= 60 }],
      x: { name: 'epoch', min: 1 },
      y: { name: 'seconds', min: 0, format: plain },
      height: 260,
      table: {
        columns: ['epoch', 'seconds', 'ms a step'],
        rows: fewRows(history).map((one) => [
          String(one.epoch),
          one.seconds === null ? '–' : plain(one.seconds),
          one.msPerStep === null ? '–' : plain(one.msPerStep),
        ]),
      },
    }),
  ];
}

/** Several runs over each other: validation, or training where a run has none, and within the epochs where one has no two. */
export function comparedCurves(report: Report): Chart[] {
  const { runs } = report;
  const within = runs.some(({ history }) => history.length < 2) && runs.every(({ curve }) => curve.length > 1);
  return (['loss', 'accuracy'] as const).map((metric) => {
    const [validation] = FIELDS[metric];
    const isValidated = ({ history }: (typeof runs)[number]) => history.some((one) => one[validation] !== null);
    const what = within || !runs.some(isValidated) ? 'Training' : 'Validation';
    const names = runs.map((run) => (what === 'Training' || isValidated(run) ? run.name : `${run.name} (training)`));
    const lines = runs.map(
      (run, i): Line => ({
        name: names[i] ?? run.name,
        points: within
          ? run.curve.map((one) => [one.epoch, one[metric]])
          : run.history.map((one) => [one.epoch, one[validation] ?? one[metric]]),
        style: i,
        marked: !within,
      }),
    );
    const most = runs.reduce((a, b) => (b.history.length > a.history.length ? b : a));
    return lineChart({
      id: `compared-${metric}`,
      title: `${what} ${metric}`,
      description: `${what} ${metric} of ${runs.length} runs.${runs.map((run) => ` ${run.name}:${last(run.history, metric)}`).join('')}`,
      lines,
      x: { name: 'epoch', min: within ? 0 : 1 },
      y: valueAxis(metric, lines),
      table: {
        columns: ['epoch', ...names],
        rows: fewRows(most.history).map(({ epoch }) => [
          String(epoch),
          ...runs.map(({ history }) => {
            const one = history.find((other) => other.epoch === epoch);
            return one === undefined ? '–' : shown(one[validation] ?? one[metric], metric);
          }),
        ]),
      },
    });
  });
}

function column(history: History, field: 'loss' | 'accuracy' | 'seconds' | (typeof FIELDS)[Metric][number]) {
  return history.map((one) => [one.epoch, one[field]] as const);
}

function shown(value: number | null, metric: Metric): string {
  return value === null ? '–' : FORMAT[metric](value);
}

function epochs({ epochs: done }: RunReport): string {
  return done === 1 ? 'one epoch' : `${done} epochs`;
}

function last(history: History, metric: Metric): string {
  const end = history.at(-1);
  if (end === undefined) return '';
  return ` At the end ${shown(end[metric], metric)} in training and ${shown(end[FIELDS[metric][0]], metric)} in validation.`;
}
