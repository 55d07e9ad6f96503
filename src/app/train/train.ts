import { asCalled } from '../../command-line.js';
import type { Context } from '../../context.js';
import { modelInput } from '../../datasets/spec.js';
import type { OpenedEngine } from '../../engine/open.js';
import { InterruptedError } from '../../errors.js';
import { buildModel } from '../../model/build.js';
import { fitWeights } from '../../model/fit-weights.js';
import { isLarge, leastStepBytes, requireStepMemory } from '../../model/memory.js';
import type { Model } from '../../model/model.js';
import { sourceOf } from '../../model/tensors.js';
import { type RunControl, TrainingControl } from '../../training/contracts/control.js';
import type { RunEnd, TrainingEvent, Warning } from '../../training/contracts/events.js';
import type { RunSettings } from '../../training/contracts/settings.js';
import { train } from '../../training/loop/train.js';
import { stopReason } from '../interruptible.js';
import { openData } from '../open-data.js';
import { openEngine } from '../open-engine.js';
import { type PlannedRun, planRun } from './plan.js';
import { type Training, type TrainRequest, trainRequestSchema } from './request.js';

/** Shows a run to somebody. */
export interface RunReporter {
  handle(event: TrainingEvent): void;
  /** Gives the terminal back; safe to call more than once. */
  close(): void;
}

/** Opens what shows the run; `control` takes what its keys ask for. */
export type OpenReporter = (control: RunControl) => Promise<RunReporter>;

/** How a run ended. */
export interface RunOutcome {
  readonly end: RunEnd;
  /** Why it failed. */
  readonly error?: Error;
}

/**
 * Trains as the request says.
 *
 * @throws UsageError, DataError, EngineError before the run begins.
 */
export async function trainRun(
  request: TrainRequest,
  context: Context,
  openReporter: OpenReporter,
): Promise<RunOutcome> {
  const training = trainRequestSchema.parse(request);
  const run = await planRun(training, context.argv);
  try {
    return await trainPlanned(run, training, context, openReporter);
  } finally {
    await run.close();
  }
}

async function trainPlanned(
  run: PlannedRun,
  training: Training,
  context: Context,
  openReporter: OpenReporter,
): Promise<RunOutcome> {
  const { settings } = run;
  const model = buildModel(settings.config, modelInput(run.dataset));
  const weights = await firstWeights(training, model, settings);
  const [{ images, warnings, data }, opened] = await openBoth(run, training, isLarge(model), context);
  if (opened.engine.info.device === 'cpu') requireMemory(model, settings, images, context.memoryBytes);

  const control = new TrainingControl();
  const reporter = await openReporter(control);
  // Never released: what the run wrote last fails last, and must not look like a command that nobody listens to.
  const { signal } = context.interrupts.hold(() => reporter.close());
  signal.addEventListener('abort', () => control.stopAfterStep(stopReason(signal).exitCode));
  let end: RunEnd | undefined;
  try {
    const events = train({
      settings,
      dataset: run.dataset,
      data,
      engine: opened.engine,
      openRecorder: async () => {
        // Only from here on there is something to save before the program ends.
        if (signal.aborted) throw new InterruptedError('stopped before the run began', stopReason(signal).exitCode);
        return run.open();
      },
      control,
      norms: training.norms,
      resume: run.resume,
      weights,
      checkpointMinutes: training.checkpointMinutes,
      minAccuracy: training.minAccuracy,
      pauseAfterEpoch: training.pauseAfterEpoch,
      test: training.test,
      warnings: [...run.warnings, ...warnings.map((message) => ({ message })), ...engineWarnings(opened, context)],
    });
    for await (const event of events) {
      reporter.handle(event);
      if (event.event === 'run_end') end = event;
    }
  } catch (error) {
    // Before `run_end` nobody has been told of it.
    if (end === undefined || !(error instanceof Error)) throw error;
    return { end, error };
  } finally {
    reporter.close();
  }
  if (end === undefined) throw new Error('the run ended without run_end');
  return { end };
}

function requireMemory(model: Model, settings: RunSettings, images: number, memoryBytes: number): void {
  const { config, precision, limit, augment } = settings;
  const batchSize = Math.min(config.training.batchSize, (limit ?? images) + augment);
  const least = leastStepBytes(model, batchSize, precision === 'bfloat16' ? 2 : 4);
  requireStepMemory(least, memoryBytes, batchSize);
}

/** Data are read and hashed in other threads while the engine's library is loaded in this one. */
async function openBoth(run: PlannedRun, training: Training, releaseMemory: boolean, context: Context) {
  const other = new AbortController();
  const data = openPrepared(run, training, context, other.signal);
  const engine = openEngine({ ...training, precision: run.settings.precision, releaseMemory }, context, other.signal);
  try {
    return await Promise.all([data, engine]);
  } catch (error) {
    // A download that nobody needs any more would keep the program from ending.
    other.abort(error);
    throw error;
  }
}

/** The data laid out for the run. The data set as it was read is not kept: for most runs it is as large again. */
async function openPrepared(
  { dataset, settings }: PlannedRun,
  training: Training,
  context: Context,
  other: AbortSignal,
) {
  const { prepareData } = await import('../../training/loop/pool.js');
  const loaded = await openData(dataset, training, context, other);
  const { warnings, train } = loaded;
  return { images: train.labels.length, warnings, data: await prepareData(loaded, settings) };
}

function engineWarnings({ device, passedOver, notices }: OpenedEngine, { called }: Context): Warning[] {
  const worse = passedOver
    .filter(({ absent }) => !absent)
    .map(({ device: better, reason, fix }) => ({
      message: `training on ${device}, not on ${better}: ${reason}`,
      ...(fix !== undefined && { hint: asCalled(fix, called) }),
    }));
  return [...worse, ...notices];
}

async function firstWeights({ run, runsDir }: Training, model: Model, settings: RunSettings) {
  if (run.type === 'resume' || run.weights === undefined) return undefined;
  if (/\.(?:keras|h5)$/.test(run.weights)) {
    const { readKerasWeights } = await import('../../export/keras/read.js');
    const tensors = await readKerasWeights(run.weights, { config: settings.config, model });
    return sourceOf(fitWeights(model, tensors, run.weights));
  }
  const { loadTrainedModel } = await import('../../runs/weights.js');
  const { tensors, path } = await loadTrainedModel(run.weights, { runsDir, config: () => settings.config });
  return sourceOf(fitWeights(model, tensors, path));
}
