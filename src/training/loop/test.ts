import type { Evaluation, WeightSet } from '../../engine/engine.js';
import { imageSize } from '../../image.js';
import type { RunEnd, TestResults, TrainingEvent } from '../contracts/events.js';
import { Abandoned, evaluateWithProgress } from '../evaluation/evaluate.js';
import { testReport } from '../evaluation/metrics.js';
import { testTimeAugmented } from '../evaluation/tta.js';
import { bestEpoch } from '../schedules/monitor.js';
import { restoreBest } from './checkpoints.js';
import type { Run } from './run.js';

const MISTAKES = 12;

const stopped = ({ control }: Run) => control.stop?.after === 'step';

/**
 * Evaluates the test images with the weights that the run ends with: the last epoch's, or the best one's where early
 * stopping restores them. Without that the best epoch is tested as well, for its loss and accuracy alone.
 *
 * Undefined when the run is asked to stop before the first of these tests is done; the others are left out then.
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
  if (current === undefined) return undefined;
  const average = emaDecay === undefined ? undefined : yield* evaluateTest(run, 'ema');
  const ttaTest = await testViews(run, current, average);
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
    ...(ttaTest && { ttaTest }),
    ...testReport(current.probabilities, images, run.dataset, MISTAKES),
  };
}

/** The test by the mean over changed copies; undefined where the config asks for none, or nobody waits. */
async function testViews(
  run: Run,
  current: Evaluation,
  average: Evaluation | undefined,
): Promise<RunEnd['ttaTest'] | undefined> {
  const views = run.settings.config.evaluation?.tta;
  if (views === undefined) return undefined;
  const data = testImages(run);
  const test = ({ probabilities }: Evaluation, weights: WeightSet) =>
    testTimeAugmented(views, probabilities, data, run.dataset.imageShape, (images) => {
      if (stopped(run)) throw new Abandoned();
      return run.trainer.predict(images, weights);
    });
  try {
    const { loss, accuracy } = await test(current, 'current');
    const ema = average && (await test(average, 'ema'));
    return { views, loss, accuracy, ...(ema && { emaLoss: ema.loss, emaAccuracy: ema.accuracy }) };
  } catch (error) {
    if (error instanceof Abandoned) return undefined;
    throw error;
  }
}

/** Loss and accuracy with the best epoch's weights; undefined where there are none any more, or nobody waits. */
async function* testEpoch(run: Run, epoch: number): AsyncGenerator<TrainingEvent, RunEnd['bestTest']> {
  const evaluation = (yield* restore(run, epoch)) ? yield* evaluateTest(run, 'current') : undefined;
  return evaluation && { epoch, loss: evaluation.loss, accuracy: evaluation.accuracy };
}

/** Undefined when the run is asked to stop meanwhile. */
function evaluateTest(run: Run, weights: 'current' | 'ema') {
  return evaluateWithProgress(run.trainer, 'test', run.data.split.test, weights, () => stopped(run));
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
