import { DataError } from '../../errors.js';
import { initialWeights } from '../../model/initializers.js';
import type { Model } from '../../model/model.js';
import type { RunStart } from '../contracts/events.js';
import type { TrainOptions } from '../contracts/options.js';
import { prepareData } from './pool.js';
import { RunProgress } from './progress.js';
import type { Run } from './run.js';
import { stepsPerCall, stepsPerEpoch } from './steps.js';

/** Lays out the data, builds the model on the engine, gives it its weights and opens the run directory. */
export async function startRun(options: TrainOptions, model: Model): Promise<Run> {
  const { settings, dataset, engine, resume, clock = () => performance.now() } = options;
  const { training, optimizer } = settings.config;
  const data = await prepareData(dataset, settings);
  if (resume !== undefined && resume.state.fingerprint !== data.fingerprint) {
    throw new DataError('the data are not those that the run was trained on', {
      hint: 'Resume with the same --data and --data-dir, or start a new run.',
    });
  }
  const calls = stepsPerCall(engine.info);
  const trainer = await engine.trainer({
    model,
    optimizer,
    batchSize: training.batchSize,
    precision: settings.precision,
    seed: settings.seed,
    pool: data.pool,
    labelSmoothing: training.labelSmoothing,
    clipNorm: training.clipNorm,
    emaDecay: training.emaDecay,
    onlineAugmentation: settings.config.onlineAugmentation !== undefined,
    stepsPerCall: calls,
  });
  if (resume === undefined) {
    await trainer.setWeights(options.weights ?? initialWeights(model, settings.seed));
  } else {
    await trainer.setState(resume.tensors);
    await resume.close();
  }
  const progress = new RunProgress(settings, data.fingerprint, engine.info, resume?.state);
  return {
    settings,
    dataset: dataset.spec,
    model,
    data,
    trainer,
    recorder: await options.openRecorder(),
    control: options.control,
    progress,
    plan: {
      train: data.split.train,
      batchSize: training.batchSize,
      shuffle: settings.shuffle,
      seed: settings.seed,
      onlineAugmentation: settings.config.onlineAugmentation,
      imageShape: dataset.spec.imageShape,
      stepsPerCall: calls,
    },
    steps: stepsPerEpoch(data.split.train.length, training.batchSize),
    clock,
    checkpointEvery: options.checkpointMinutes * 60_000,
    checkpointAt: clock(),
    saved: true,
    unsavedBest: undefined,
  };
}

export function runStart(run: Run, { engine, resume }: TrainOptions): RunStart {
  const { settings, model, data, recorder } = run;
  const { training } = settings.config;
  return {
    event: 'run_start',
    run: recorder.run,
    model: model.name,
    parameters: model.parameters.total,
    config: settings.config,
    engine: engine.info,
    precision: settings.precision,
    seed: settings.seed,
    epochs: training.epochs,
    batchSize: training.batchSize,
    stepsPerEpoch: run.steps,
    data: data.counts,
    ...(resume && {
      resumedFrom: { epoch: resume.state.epoch, step: resume.state.step },
      history: resume.state.history,
    }),
  };
}
