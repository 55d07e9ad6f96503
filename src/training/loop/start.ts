import { VIEWS } from '../../augment/views.js';
import { DataError } from '../../errors.js';
import { initialWeights } from '../../model/initializers.js';
import type { Model } from '../../model/model.js';
import type { RunStart } from '../contracts/events.js';
import type { TrainOptions } from '../contracts/options.js';
import type { RunRecorder } from '../contracts/recorder.js';
import { trainingSample } from './pool.js';
import { RunProgress } from './progress.js';
import type { Run } from './run.js';
import { stepsPerEpoch } from './steps.js';
import { epochPlan, trainerSpec } from './trainer-spec.js';

/** Builds the model on the engine with the data, gives it its weights and opens the run directory. */
export async function startRun(options: TrainOptions, model: Model): Promise<Run> {
  const { settings, dataset, data, engine, resume, clock = () => performance.now() } = options;
  if (resume !== undefined && resume.state.fingerprint !== data.fingerprint) {
    throw new DataError('the data are not those that the run was trained on', {
      hint: 'Resume with the same --data and --data-dir, or start a new run.',
    });
  }
  const trainer = await engine.trainer(trainerSpec(settings, model, data, engine.info));
  let recorder: RunRecorder;
  try {
    if (resume === undefined) {
      await trainer.setWeights(options.weights ?? initialWeights(model, settings.seed, trainingSample(data, model)));
    } else {
      await trainer.setState(resume.tensors);
      await resume.close();
    }
    recorder = await options.openRecorder();
  } catch (error) {
    trainer.dispose();
    throw error;
  }
  const progress = new RunProgress(settings, data.fingerprint, engine.info, resume?.state);
  return {
    settings,
    dataset,
    model,
    data,
    trainer,
    recorder,
    control: options.control,
    progress,
    plan: epochPlan(settings, data, dataset.imageShape, engine.info),
    steps: stepsPerEpoch(data.split.train.length, settings.config.training.batchSize),
    norms: options.norms ?? false,
    clock,
    checkpointEvery: options.checkpointMinutes * 60_000,
    checkpointAt: clock(),
    saved: true,
    unsavedBest: undefined,
  };
}

export function runStart(run: Run, { engine, resume }: TrainOptions): RunStart {
  const { settings, model, data, recorder } = run;
  const { training, evaluation } = settings.config;
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
    ...(evaluation?.tta && { testPasses: VIEWS[evaluation.tta].length }),
    data: data.counts,
    ...(resume && {
      resumedFrom: { epoch: resume.state.epoch, step: resume.state.step },
      history: resume.state.history,
    }),
  };
}
