import { setImmediate } from 'node:timers/promises';
import type { BatchMetrics, TrainStep } from '../../engine/engine.js';
import type { EpochEnd, NormsEvent, StepEvent, TrainingEvent } from '../contracts/events.js';
import { evaluateWithProgress } from '../evaluation/evaluate.js';
import { learningRates } from '../schedules/learning-rate.js';
import { isBest } from '../schedules/monitor.js';
import { saveBest, saveLast } from './checkpoints.js';
import { type Run, requireFinite } from './run.js';
import { stepGroups } from './steps.js';

/** Calls over which the shown speed is averaged. */
const SPEED_WINDOW = 20;

const stopped = ({ control }: Run) => control.stop?.after === 'step';

/** Trains an epoch to its end, from the step where it stands; ends early when the run is asked to stop. */
export async function* trainEpoch(run: Run): AsyncGenerator<TrainingEvent> {
  const { trainer, progress, clock, settings, steps } = run;
  const { epoch, step, globalStep, history } = progress.state;
  const learningRate = learningRates(settings.config, steps, history);
  const speed = speedometer();
  for (const group of stepGroups(run.plan, epoch, step, globalStep, learningRate)) {
    const started = clock();
    const metrics = await trainer.train(group);
    const milliseconds = clock() - started;
    progress.addSeconds(milliseconds / 1000);
    const rates = speed(milliseconds, group);
    for (const [i, batch] of metrics.entries()) {
      progress.addStep(batch);
      requireFinite(batch.loss, 'loss', run);
      yield stepEvent(run, batch, group[i]?.learningRate ?? 0, rates);
    }
    // The native engine blocks the event loop: here timers, keys and signals get their turn.
    await setImmediate();
    const due = clock() - run.checkpointAt >= run.checkpointEvery;
    if (run.control.takeSave() || due) yield* saveLast(run);
    if (stopped(run)) return;
  }
}

/** Validates the epoch that was trained, keeps its metrics and checkpoints; ends early when asked to stop. */
export async function* endEpoch(run: Run): AsyncGenerator<TrainingEvent> {
  const { settings, steps, progress } = run;
  const { epoch, globalStep, history, sums } = progress.state;
  const started = run.clock();
  const current = yield* validate(run, 'current');
  const average = settings.config.training.emaDecay === undefined ? undefined : yield* validate(run, 'ema');
  if (stopped(run)) return;
  if (run.norms) yield await epochNorms(run);
  const evaluationSeconds = (run.clock() - started) / 1000;
  const metrics = {
    loss: progress.meanLoss,
    accuracy: progress.meanAccuracy,
    valLoss: current?.loss ?? null,
    valAccuracy: current?.accuracy ?? null,
    ...(average && { emaValLoss: average.loss, emaValAccuracy: average.accuracy }),
  };
  const end: EpochEnd = {
    event: 'epoch_end',
    epoch,
    epochs: settings.config.training.epochs,
    steps,
    ...metrics,
    learningRate: learningRates(settings.config, steps, history)(globalStep - 1),
    msPerStep: (sums.seconds * 1000) / steps,
    seconds: sums.seconds + evaluationSeconds,
    best: isBest(metrics, history, settings.config.training),
  };
  progress.addEvaluationSeconds(evaluationSeconds);
  progress.endEpoch(end);
  yield end;
  if (end.best) yield* saveBest(run, epoch);
  yield* saveLast(run);
}

/** Undefined without validation images, and when the run is asked to stop meanwhile. */
async function* validate(run: Run, weights: 'current' | 'ema') {
  const { validation } = run.data.split;
  if (validation.length === 0) return undefined;
  const evaluation = yield* evaluateWithProgress(run.trainer, 'validation', validation, weights, () => stopped(run));
  if (evaluation !== undefined) requireFinite(evaluation.loss, 'validation loss', run);
  return evaluation;
}

/** Its first batch is a full one wherever there is one: a smaller one's gradients are noisier, and so larger. */
async function epochNorms({ trainer, progress, plan, settings, steps }: Run): Promise<NormsEvent> {
  const { epoch, globalStep, history } = progress.state;
  const learningRate = learningRates(settings.config, steps, history);
  const [group] = stepGroups(plan, epoch, 0, globalStep - steps, learningRate);
  const [first] = group as [TrainStep];
  return { event: 'norms', epoch, ...(await trainer.norms(first)) };
}

type Rates = Pick<StepEvent, 'msPerStep' | 'imagesPerSecond'>;

function stepEvent(run: Run, { loss, correct, count }: BatchMetrics, learningRate: number, rates: Rates): StepEvent {
  const { progress } = run;
  return {
    event: 'step',
    epoch: progress.state.epoch,
    step: progress.state.step,
    steps: run.steps,
    loss: loss / count,
    accuracy: correct / count,
    meanLoss: progress.meanLoss,
    meanAccuracy: progress.meanAccuracy,
    learningRate,
    ...rates,
  };
}

/** Measures the speed over the last calls, from the duration of each. */
function speedometer(): (milliseconds: number, group: readonly TrainStep[]) => Rates {
  const calls: { milliseconds: number; steps: number; images: number }[] = [];
  return (milliseconds, group) => {
    calls.push({ milliseconds, steps: group.length, images: group.reduce((n, { indices }) => n + indices.length, 0) });
    if (calls.length > SPEED_WINDOW) calls.shift();
    const sum = (field: 'milliseconds' | 'steps' | 'images') => calls.reduce((total, call) => total + call[field], 0);
    return {
      msPerStep: sum('milliseconds') / sum('steps'),
      imagesPerSecond: sum('images') / Math.max(sum('milliseconds') / 1000, 1e-9),
    };
  };
}
