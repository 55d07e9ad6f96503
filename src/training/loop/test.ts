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
  | 'testLoss'
  | 'testAccuracy'
  | 'emaTestLoss'
  | 'emaTestAccuracy'
  | 'testedEpoch'
  | 'bestTest'
  | 'classes'
  | 'confusion'
  | 'mistakes'
>;

/**
 * Evaluates the test images with the weights that the run ends with: the last epoch's, or the best one's where early
 * stopping restores them. Without that the best epoch is tested as well, for its loss and accuracy alone.
 *
 * Undefined when the run is asked to stop meanwhile.
 */
export async function* testRun(run: Run): AsyncGenerator<TrainingEvent, TestResults | undefined> {
  const { progress, settings } = run;
  const { earlyStopping, emaDecay } = settings.config.training;
  const { history } = progress.state;
  const best = bestEpoch(history);
  const better = best === history.at(-1) ? undefined : best;
  const restores = earlyStopping?.restoreBest === true;
  const started = run.clock();
  const restored = better !== undefined && restores && (yield* restore(run, better.epoch));
  const current = yield* evaluateTest(run, 'current');
  const average = emaDecay === undefined ? undefined : yield* evaluateTest(run, 'ema');
  if (current === undefined) return undefined;
  const bestTest = better === undefined || restores ? undefined : yield* testEpoch(run, better.epoch);
  progress.addEvaluationSeconds((run.clock() - started) / 1000);
  const images = testImages(run);
  yield* await run.recorder.predictions({ labels: images.labels, probabilities: current.probabilities });
  return {
    testLoss: current.loss,
    testAccuracy: current.accuracy,
    ...(average && { emaTestLoss: average.loss, emaTestAccuracy: average.accuracy }),
    testedEpoch: restored ? better.epoch : history.length,
    ...(bestTest && { bestTest }),
    ...testReport(current.probabilities, images, run.dataset, MISTAKES),
  };
}

/** Loss and accuracy with the best epoch's weights; undefined where there are none any more, or nobody waits. */
async function* testEpoch(run: Run, epoch: number): AsyncGenerator<TrainingEvent, RunEnd['bestTest']> {
  const evaluation = (yield* restore(run, epoch)) ? yield* evaluateTest(run, 'current') : undefined;
  return evaluation && { epoch, loss: evaluation.loss, accuracy: evaluation.accuracy };
}

/** Undefined when the run is asked to stop meanwhile. */
function evaluateTest(run: Run, weights: 'current' | 'ema') {
  const abandon = () => run.control.stop?.after === 'step';
  return evaluateWithProgress(run.trainer, 'test', run.data.split.test, weights, abandon);
}

/** Whether the weights are the best epoch's now. */
async function* restore(run: Run, epoch: number): AsyncGenerator<TrainingEvent, boolean> {
  const restored = await restoreBest(run, epoch);
  if (!restored) yield { event: 'warning', message: `the weights of epoch ${epoch}, the best, could not be restored` };
  return restored;
}

function testImages({ data: { pool, split }, dataset }: Run) {
  const [first = 0] = split.test;
  return { images: pool.images.subarray(first * imageSize(dataset.imageShape)), labels: pool.labels.subarray(first) };
}
