import type { RunEnd } from '../../training/contracts/events.js';
import { metricChart } from '../chart/metric-chart.js';
import { classTable } from '../class-table.js';
import { confusionTable } from '../confusion-table.js';
import type { RunState } from '../dashboard/state.js';
import * as format from '../format.js';
import { joinWrapped, padEnd, stringWidth, wrapWords } from '../lines.js';
import { dataNotices, nextCommand } from '../notices.js';
import type { Palette } from '../palette.js';
import type { ColourMode } from '../pixels.js';
import { mistakes } from './mistakes.js';

/** The part of a run's end that tells which classes were taken for which. */
export interface ConfusedClasses {
  readonly classes?: RunEnd['classes'] | undefined;
  readonly confusion?: RunEnd['confusion'] | undefined;
}

export interface ReportView {
  readonly columns: number;
  readonly palette: Palette;
}

export interface EndView extends ReportView {
  /** How pictures are drawn. */
  readonly pictures: ColourMode;
}

const CHART_HEIGHT = 14;
const WIDEST_CHART = 72;

/** What stays on the screen after a run: charts over all epochs, the test's figures, where it went wrong, what to type. */
export function endReport(state: RunState, end: RunEnd, { columns, palette, pictures }: EndView): string[] {
  const width = Math.max(1, columns - 1);
  const sections = [
    heading(state, end, width, palette),
    charts(state, width, palette),
    result(end, width, palette),
    end.classes === undefined ? [] : classTable(end.classes, width),
    confusion(end, width, palette),
    mistakes(end, width, pictures),
    [`next: ${palette.strong(nextCommand(end))}`],
  ];
  return sections
    .filter((section) => section.length > 0)
    .flatMap((section, i) => (i === 0 ? section : ['', ...section]));
}

function heading({ run }: RunState, end: RunEnd, width: number, palette: Palette): string[] {
  const model = run === undefined ? [] : [run.model, `seed ${run.seed}`, format.engineLine(run.engine)];
  const what = `${end.status} after ${end.epochs} epoch${end.epochs === 1 ? '' : 's'} in ${format.clock(end.seconds)}`;
  return [
    ...joinWrapped([palette.strong('fmnist train'), ...model, what], width),
    ...[...(run === undefined ? [] : dataNotices(run)), ...(end.message === undefined ? [] : [end.message])]
      .flatMap((notice) => wrapWords(notice, width))
      .map(palette.warning),
  ];
}

/** Side by side where there is room, else one below the other; one epoch alone shows its steps. */
function charts(state: RunState, width: number, palette: Palette): string[] {
  const { history } = state;
  if (history.length === 0 && state.stepLoss.points.length < 2) return [];
  const beside = width >= 99;
  const chartWidth = Math.min(WIDEST_CHART, beside ? Math.floor((width - 3) / 2) : width);
  const bySteps = history.length < 2;
  const chart = (metric: 'loss' | 'accuracy') =>
    metricChart({
      metric,
      history,
      steps: bySteps ? (metric === 'loss' ? state.stepLoss : state.stepAccuracy).points : undefined,
      palette,
      width: chartWidth,
      height: CHART_HEIGHT,
      log: false,
    });
  const [loss, accuracy] = [chart('loss'), chart('accuracy')];
  if (!beside) return [...loss, '', ...accuracy];
  return loss.map((line, i) => `${padEnd(line, chartWidth + 3)}${accuracy[i] ?? ''}`);
}

function result(end: RunEnd, width: number, palette: Palette): string[] {
  const best = end.bestValAccuracy === null ? [] : [`best validation accuracy ${format.percent(end.bestValAccuracy)}`];
  if (end.testAccuracy === null) return best;
  const accuracy = `test accuracy ${palette.strong(format.percent(end.testAccuracy))}`;
  return joinWrapped([accuracy, `test loss ${format.loss(end.testLoss)}`, ...best], width);
}

/** The confusion matrix in colours, or, where it has no room, what is confused most. */
export function confusion({ classes, confusion: matrix }: ConfusedClasses, width: number, palette: Palette): string[] {
  if (classes === undefined || matrix === undefined) return [];
  const names = classes.map((one) => one.name);
  const lines = confusionTable(names, matrix, (text, share, correct) => {
    if (share === 0) return palette.dim(text);
    return correct ? palette.train(text) : share >= 0.02 ? palette.validation(text) : text;
  });
  return lines.every((line) => stringWidth(line) <= width) ? lines : worstConfusions(names, matrix);
}

/** Where the table has no room: the pairs that are confused most. */
function worstConfusions(names: readonly string[], matrix: readonly (readonly number[])[]): string[] {
  const pairs = matrix.flatMap((row, actual) => row.map((n, predicted) => ({ n, actual, predicted })));
  const wrong = pairs.filter(({ n, actual, predicted }) => n > 0 && actual !== predicted).sort((a, b) => b.n - a.n);
  return [
    'most confused',
    ...wrong.slice(0, 5).map((pair) => ` ${pair.n} ${names[pair.actual]} → ${names[pair.predicted]}`),
  ];
}
