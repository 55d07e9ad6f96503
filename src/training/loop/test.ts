import { imageSize } from '../../image.js';
import type { RunEnd, TrainingEvent } from '../contracts/events.js';
import { evaluateWithProgress } from '../evaluation/evaluate.js';
import { testReport } from '../evaluation/metrics.js';
import { bestEpoch } from '../schedules/monitor.js';
import { restoreBest } from './checkpoints.js';
import type { Run } from './run.js';

const MISTAKES = 12;

export type TestResults = Pick<
  RunEnd,
  'testLoss' | 'testAccuracy' | 'emaTestLoss' | 'emaTestAccuracy' | 'classes' | 'confusion' | 'mistakes'
>;

/** Evaluates the test images with the weights that the run ends with; undefined when it is asked to stop meanwhile. */
export async function* testRun(run: Run): AsyncGenerator<TrainingEvent, TestResults | undefined> {
  const { data, progress, settings } = run;
  const { earlyStopping, emaDecay } = settings.config.training;
  const { history } = progress.state;
  const best = bestEpoch(history);
  if (
    earlyStopping?.restoreBest &&
    best !== undefined &&
    best !== history.at(-1) &&
    !(await restoreBest(run, best.epoch))
  ) {
    yield { event: 'warning', message: `the weights of epoch ${best.epoch}, the best, could not be restored` };
  }
  const abandon = () => run.control.stop?.after === 'step';
  const evaluate = (weights: 'current' | 'ema') =>
    evaluateWithProgress(run.trainer, 'test', data.split.test, weights, abandon);
  const started = run.clock();
  const current = yield* evaluate('current');
  if (current === undefined) return undefined;
  const average = emaDecay === undefined ? undefined : yield* evaluate('ema');
  progress.addEvaluationSeconds((run.clock() - started) / 1000);
  const [first = 0] = data.split.test;
  const labels = data.pool.labels.subarray(first);
  yield* await run.recorder.predictions({ labels, probabilities: current.probabilities });
  const test = { images: data.pool.images.subarray(first * imageSize(run.dataset.imageShape)), labels };
  return {
    testLoss: current.loss,
    testAccuracy: current.accuracy,
    ...(average && { emaTestLoss: average.loss, emaTestAccuracy: average.accuracy }),
    ...testReport(current.probabilities, test, run.dataset, MISTAKES),
  };
}
