import { appendFileSync } from 'node:fs';
import type { EpochEnd, RunEnd, RunStart } from '../../training/contracts/events.js';
import { metricChart } from '../chart/metric-chart.js';
import * as format from '../format.js';
import { dataNotices, type NextCommand } from '../notices.js';
import { palette } from '../palette.js';
import type { Reporter } from './reporter.js';

/** GitHub's page is about this wide in its code font. */
const CHART = { width: 90, height: 14, log: false, palette: palette(0) } as const;

/** Appends the result, a table of epochs and a chart as Markdown to a file: what GitHub shows of a job (`$GITHUB_STEP_SUMMARY`). */
export function stepSummaryReporter(file: string, next: NextCommand): Reporter {
  let run: RunStart | undefined;
  const history: EpochEnd[] = [];
  return {
    handle(event) {
      if (event.event === 'run_start') {
        run = event;
        history.push(...(event.history ?? []));
      }
      if (event.event === 'epoch_end') history.push(event);
      if (event.event !== 'run_end') return;
      try {
        appendFileSync(file, `${markdown(run, history, event, next).join('\n')}\n`);
      } catch {
        // A summary that cannot be written must not cost the run its result.
      }
    },
    close: () => {},
  };
}

function markdown(run: RunStart | undefined, history: readonly EpochEnd[], end: RunEnd, next: NextCommand): string[] {
  const what =
    run === undefined ? '' : ` · ${cell(run.model)} · seed ${run.seed} · ${cell(format.engineLine(run.engine))}`;
  const best = end.bestValAccuracy === null ? '' : ` · best validation accuracy ${format.percent(end.bestValAccuracy)}`;
  const { bestTest: tested } = end;
  const bestTest =
    tested &&
    `Best epoch ${tested.epoch}: test accuracy ${format.percent(tested.accuracy)} · test loss ${format.loss(tested.loss)}`;
  const average =
    end.emaTestAccuracy !== undefined &&
    `Averaged weights: test accuracy ${format.percent(end.emaTestAccuracy)} · test loss ${format.loss(end.emaTestLoss ?? null)}`;
  const { ttaTest: tta } = end;
  const overViews =
    tta &&
    `With the ${format.views(tta.views)}: test accuracy ${format.percent(tta.accuracy)}${tta.emaAccuracy === undefined ? '' : `, of averaged weights ${format.percent(tta.emaAccuracy)}`}`;
  return [
    `### fmnist train${what}`,
    '',
    `**${end.status}**${end.message === undefined ? '' : ` (${cell(end.message)})`} after ${end.epochs} epoch${end.epochs === 1 ? '' : 's'} in ` +
      `${format.clock(end.seconds)} · test accuracy **${format.percent(end.testAccuracy)}** · test loss ` +
      `${format.loss(end.testLoss)}${best}`,
    ...(average ? ['', average] : []),
    ...(bestTest === undefined ? [] : ['', bestTest]),
    ...(overViews === undefined ? [] : ['', overViews]),
    ...(run === undefined ? [] : dataNotices(run).flatMap((notice) => ['', `> ⚠️ ${notice}`])),
    ...(history.length === 0 ? [] : ['', ...epochTable(history), '', ...charts(history)]),
    '',
    `Next: \`${next(end)}\``,
    '',
  ];
}

function epochTable(history: readonly EpochEnd[]): string[] {
  return [
    '| epoch | loss | accuracy | val loss | val accuracy | lr | ms/step | seconds | best |',
    '|--:|--:|--:|--:|--:|--:|--:|--:|:-:|',
    ...history.map((one) => {
      const figures = [format.loss(one.loss), format.percent(one.accuracy), format.loss(one.valLoss)];
      const speed = [format.learningRate(one.learningRate), one.msPerStep.toFixed(1), one.seconds.toFixed(1)];
      return `| ${[one.epoch, ...figures, format.percent(one.valAccuracy), ...speed, one.best ? '✔' : ''].join(' | ')} |`;
    }),
  ];
}

function charts(history: readonly EpochEnd[]): string[] {
  if (history.length < 2) return [];
  const drawn = (['loss', 'accuracy'] as const).flatMap((metric) => [
    ...metricChart({ ...CHART, metric, history }),
    '',
  ]);
  return ['```text', ...drawn.slice(0, -1), '```'];
}

/** Text that stays one line and no markup. */
function cell(text: string): string {
  return text.replace(/\s+/g, ' ').replace(/[\\`*_|<>[\]]/g, '\\$&');
}
