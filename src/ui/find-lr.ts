import { commandLine } from '../command-line.js';
import type { RangePoint } from '../training/range-test.js';
import { plot } from './chart/plot.js';
import { colourLevel } from './colour-level.js';
import * as format from './format.js';
import { cut, joinWrapped } from './lines.js';
import { liveLine } from './live-lines.js';
import { type Palette, palette } from './palette.js';
import { progressLine } from './progress-bar.js';
import { type Environment, isInteractive, type OutStream } from './streams.js';

interface FoundLearningRate {
  readonly model: string;
  readonly optimizer: string;
  readonly batchSize: number;
  readonly points: readonly RangePoint[];
  readonly of: 'rate' | 'peak';
  readonly suggestion: number | null;
  readonly widen: 'from' | 'to' | null;
}

/** Shows how far a range test is, on a terminal. */
export function rangeTestProgress(out: OutStream, env: Environment, total: number) {
  if (!isInteractive(out, env)) return { show: () => {}, close: () => {} };
  const { train, dim } = palette(colourLevel(out, env));
  const line = liveLine(out);
  return {
    show: ({ learningRate, smoothed }: RangePoint, value: number) => {
      const facts = [`rate ${format.learningRate(learningRate)}`, `loss ${format.loss(smoothed)}`];
      line.show((width) =>
        cut(progressLine({ label: 'find-lr', value, total, facts, width, done: train, left: dim }), width),
      );
    },
    close: line.close,
  };
}

const HEIGHT = 14;
const WIDEST = 90;
const SAID = {
  rate: ['suggested learning rate', 'a tenth of the rate where the loss was least'],
  peak: ['suggested peak of the learning rate', 'the rate where the loss was least, or less where it soon explodes'],
} as const;
const WIDEN = {
  from: 'no rate is suggested: a good one lies below the first, lower --from',
  to: 'no rate is suggested: the loss may fall further beyond the last one, raise --to',
} as const;

/** The loss over the learning rate on a logarithmic axis, the suggestion, and what to type with it: `again` are the flags that choose model and data. */
export function renderRangeTest(
  found: FoundLearningRate,
  { columns, palette }: { columns: number; palette: Palette },
  again: readonly string[],
): string[] {
  const { model, optimizer, batchSize, points, of, suggestion, widen } = found;
  const width = Math.max(1, Math.min(WIDEST, columns - 1));
  // Where the loss explodes its height says nothing, and would flatten the rest.
  const highest = 1.25 * (points[0]?.smoothed ?? 0);
  const curve = points.map(({ learningRate, smoothed }) => ({
    x: Math.log10(learningRate),
    y: Math.min(highest, smoothed),
  }));
  const ends = [points[0], points.at(-1)].flatMap((point) => (point ? [format.learningRate(point.learningRate)] : []));
  const [from = '', to = ''] = ends;
  const said =
    suggestion === null
      ? [WIDEN[widen ?? 'from']]
      : [`${SAID[of][0]} ${palette.strong(String(suggestion))}`, SAID[of][1]];
  return [
    ...joinWrapped([palette.strong(model), optimizer, `batch ${batchSize}`, `${points.length} steps`], width),
    palette.strong('loss, smoothed'),
    ...plot([{ points: curve, shape: 'thin', style: palette.train }], {
      width,
      height: HEIGHT,
      log: false,
      dim: palette.dim,
    }),
    palette.dim(
      `${from}${'learning rate'.padStart(Math.floor((width + 13) / 2) - from.length)}`.padEnd(width - to.length) + to,
    ),
    '',
    ...joinWrapped(said, width),
    ...(suggestion === null
      ? []
      : [`next: ${palette.strong(commandLine('train', ...again, '--learning-rate', String(suggestion)))}`]),
  ];
}
