import type { EpochEnd } from '../../training/contracts/events.js';
import { metricChart } from '../chart/metric-chart.js';
import * as format from '../format.js';
import { cut, joinToFit, padEnd, wrapWords } from '../lines.js';
import { dataNotices } from '../notices.js';
import type { Palette } from '../palette.js';
import { progressLine } from '../progress-bar.js';
import { helpLines, keyLine } from './help.js';
import type { RunState } from './state.js';
import type { View } from './view.js';

const SEPARATOR = ' · ';

/** Below this size there is room for the bar alone. */
const SMALL = { columns: 60, rows: 12 };
/** From this width on, loss and accuracy stand side by side. */
const WIDE = 100;
/** From this width on, the progress line holds all its facts. */
const ROOMY = 110;
/** A taller chart reads little better. */
const TALLEST_CHART = 40;
/** From this width on the figures of the last epoch have room in full. */
const ALL_FIGURES = 78;

/**
 * The screen of a run, pure: at most rows − 1 lines of at most columns − 1 columns, so that nothing wraps or scrolls.
 * Three layouts: two charts, one chart, the bar alone.
 */
export function renderFrame(state: RunState, view: View): string[] {
  const width = Math.max(1, view.columns - 1);
  const height = Math.max(1, view.rows - 1);
  const small = view.columns < SMALL.columns || view.rows < SMALL.rows;
  const lines = small ? smallFrame(state, view, width, height) : fullFrame(state, view, width, height);
  return lines.slice(0, height).map((line) => cut(line, width));
}

function smallFrame(state: RunState, view: View, width: number, height: number): string[] {
  const help = view.help ? helpLines(view.palette, width) : [];
  const lines = [progress(state, view, width), ...warnings(state, view, width), ...notice(view, width), ...help];
  return lines.slice(0, Math.max(1, height));
}

function warnings({ run }: RunState, { palette }: View, width: number): string[] {
  const notices = run === undefined ? [] : dataNotices(run);
  return notices.flatMap((text) => wrapWords(text, width)).map(palette.warning);
}

/** What a key has done. */
function notice({ notice: text }: View, width: number): string[] {
  return text === undefined ? [] : wrapWords(text, width);
}

function fullFrame(state: RunState, view: View, width: number, height: number): string[] {
  const { palette } = view;
  const above = [
    header(state, view, width),
    progress(state, view, width),
    palette.dim(joinToFit(settings(state), width)),
    ...warnings(state, view, width),
  ];
  const below = [
    figures(state, view, width),
    ...notice(view, width).map(palette.strong),
    ...(view.keys ? [palette.dim(keyLine(width))] : []),
  ];
  const room = Math.min(TALLEST_CHART, height - above.length - below.length);
  const middle = view.help ? helpLines(palette, width).slice(0, Math.max(0, room)) : charts(state, view, width, room);
  return [...above, ...middle, ...below];
}

function header(state: RunState, { palette }: View, width: number): string {
  const { run } = state;
  if (run === undefined) return palette.strong('fmnist train');
  const precision = run.precision === 'float32' ? [] : [run.precision];
  const parts = [run.model, `seed ${run.seed}`, format.engineLine(run.engine), ...precision, run.run];
  return `${palette.strong('fmnist train')}${SEPARATOR}${joinToFit(parts, width - 'fmnist train'.length - 3)}`;
}

function progress(state: RunState, { palette, stopping }: View, width: number): string {
  const { run, latest, current, evaluating, epoch, forecast } = state;
  const style = { width, done: palette.train, left: palette.dim };
  if (run === undefined) return 'starting …';
  const epochs = String(run.epochs);
  const label = `epoch ${String(epoch).padStart(epochs.length)}/${epochs}`;
  const left = forecast.left(stopping);
  const allLeft = left === undefined ? [] : [`all ${format.clock(left.run)} left`];
  if (evaluating !== undefined) {
    const { what, done, total } = evaluating;
    const facts = [`${what} ${format.count(done)}/${format.count(total)} images`, ...allLeft];
    return progressLine({ ...style, label, value: done, total, facts });
  }
  if (latest === undefined)
    return progressLine({ ...style, label, value: 0, total: state.steps, facts: ['starting …'] });
  const speed = [`${format.milliseconds(latest.msPerStep)}/step`, `${format.count(latest.imagesPerSecond)} img/s`];
  const epochLeft = left === undefined ? [] : [`epoch ${format.clock(left.epoch)}`];
  const steps = `${String(latest.step).padStart(String(latest.steps).length)}/${latest.steps}`;
  const facts =
    width >= ROOMY
      ? [steps, ...speed, ...epochLeft, ...allLeft]
      : width >= SMALL.columns - 1
        ? [steps, ...allLeft, ...speed]
        : // The loss is shown nowhere else.
          [`loss ${format.loss(current?.loss)}`, ...allLeft, steps];
  return progressLine({ ...style, label, value: latest.step, total: latest.steps, facts });
}

/** The most wanted first: what has no room goes. */
function settings({ run, latest, best }: RunState): string[] {
  if (run === undefined) return [];
  return [
    ...(best === undefined ? [] : [bestOf(best)]),
    ...(latest === undefined ? [] : [`lr ${format.learningRate(latest.learningRate)}`]),
    `batch ${run.batchSize}`,
    `${format.trainingImages(run.data)} images`,
  ];
}

function bestOf({ epoch, accuracy, valAccuracy }: EpochEnd): string {
  const value = valAccuracy === null ? format.percent(accuracy) : `val ${format.percent(valAccuracy)}`;
  return `best ${value} (epoch ${epoch})`;
}

function charts(state: RunState, view: View, width: number, height: number): string[] {
  if (height < 4) return [];
  const { palette, log, axis, metric } = view;
  const bySteps = axis === 'steps' || (axis === 'auto' && state.history.length < 2);
  const chart = (which: 'loss' | 'accuracy', chartWidth: number) =>
    metricChart({
      metric: which,
      history: state.history,
      steps: bySteps ? (which === 'loss' ? state.stepLoss : state.stepAccuracy).points : undefined,
      palette,
      width: chartWidth,
      height,
      // The logarithm of an accuracy says nothing.
      log: log && which === 'loss',
    });
  if (view.columns < WIDE) return chart(metric, width);
  const each = Math.floor((width - 3) / 2);
  const right = chart('accuracy', each);
  return chart('loss', each).map((line, i) => `${padEnd(line, each + 3)}${right[i] ?? ''}`);
}

/** Where the curves of the steps are now, and apart from that what the last whole epoch came to: figures of one moment. */
function figures({ current, history }: RunState, { palette, memory, gpu }: View, width: number): string {
  const last = history.at(-1);
  const now = current === undefined ? [] : [`now ${palette.train(pair(current.loss, current.accuracy))}`];
  const rss = memory === undefined ? [] : [`memory ${(memory / 1e9).toFixed(1)} GB`];
  const parts = [...now, ...(last === undefined ? [] : epochFigures(last, palette, width)), ...gpuFigures(gpu), ...rss];
  return joinToFit(parts, width, '   ');
}

function gpuFigures(gpu: View['gpu']): string[] {
  if (gpu === undefined) return [];
  const gigabytes = (mebibytes: number) => ((mebibytes * 2 ** 20) / 1e9).toFixed(1);
  const busy = gpu.busyPercent === undefined ? '' : `${gpu.busyPercent}% `;
  return [`GPU ${busy}${gigabytes(gpu.usedMiB)}/${gigabytes(gpu.memoryMiB)} GB`];
}

function epochFigures({ epoch, ...end }: EpochEnd, palette: Palette, width: number): string[] {
  const train = `${palette.train('train')} ${pair(end.loss, end.accuracy)}`;
  const { valLoss, valAccuracy } = end;
  if (valLoss === null || valAccuracy === null) return [`epoch ${epoch}: ${train}`];
  const validation = `${palette.validation('val')} ${pair(valLoss, valAccuracy)}`;
  if (width < ALL_FIGURES) return [`epoch ${epoch}: ${validation}`];
  return [`epoch ${epoch}: ${train}`, validation, `gap ${((end.accuracy - valAccuracy) * 100).toFixed(1)} pt`];
}

function pair(loss: number, accuracy: number): string {
  return `${format.loss(loss)} / ${format.percent(accuracy)}`;
}
