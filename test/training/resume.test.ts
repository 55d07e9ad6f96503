import { describe, expect, it } from 'vitest';
import { loadDataset } from '../../src/data/dataset.js';
import { synthetic } from '../../src/datasets/synthetic.js';
import { EXIT, UsageError } from '../../src/errors.js';
import { TrainingControl } from '../../src/training/contracts/control.js';
import type { EpochEnd, TrainingEvent } from '../../src/training/contracts/events.js';
import { prepareData } from '../../src/training/loop/pool.js';
import { requireSameRun } from '../../src/training/loop/same-run.js';
import { checkpointOf, hashOf } from '../helpers/checkpoints.js';
import { type FinishedRun, runTraining, settings } from '../helpers/training-run.js';

/** Everything that a checkpoint must bring back: slots, averages, slow weights, plateau, dropout, moving statistics, fresh augmentation. */
const EVERYTHING = settings(
  {
    optimizer: { type: 'adamw', biasLearningRate: 4 },
    schedule: { type: 'reduceOnPlateau', patience: 0, minDelta: 0.5 },
    training: {
      epochs: 3,
      emaDecay: 0.9,
      emaWarmup: true,
      lookahead: { syncPeriod: 2, ramp: true },
      clipNorm: 1,
      labelSmoothing: 0.1,
    },
    onlineAugmentation: {
      horizontalFlip: 'alternating',
      rotation: 10,
      erase: { probability: 0.5 },
      mixup: { probability: 0.8 },
      cutmix: {},
    },
    evaluation: { tta: 'flip' },
  },
  { augment: 20 },
);

/** What must not depend on where a run was broken; times may. */
function figures({ epochs }: { epochs: readonly EpochEnd[] }) {
  return epochs.map(({ msPerStep: _, seconds: __, ...figures }) => figures);
}

type Moment = (event: TrainingEvent) => boolean;

/** Stops a run at each moment in turn, resuming it every time, and joins the parts. */
async function broken(moments: readonly Moment[]): Promise<FinishedRun> {
  let run: FinishedRun | undefined;
  const epochs: EpochEnd[] = [];
  for (const moment of [...moments, () => false]) {
    const control = new TrainingControl();
    const onEvent = (event: TrainingEvent) => {
      if (moment(event)) control.stopAfterStep();
    };
    run = await runTraining({ settings: EVERYTHING, control, onEvent }, run?.folder);
    if (run.error !== undefined) throw run.error;
    epochs.push(...run.epochs);
  }
  if (run === undefined) throw new Error('no part');
  return { ...run, epochs };
}

const afterStep = (epoch: number, step: number): Moment => {
  return (event) => event.event === 'step' && event.epoch === epoch && event.step === step;
};
const during = (what: 'validation' | 'test'): Moment => {
  return (event) => event.event === 'validation_progress' && event.what === what;
};

describe('a run that is stopped and resumed ends bit for bit where the unbroken one does', () => {
  const unbroken = runTraining({ settings: EVERYTHING });

  it.each<[string, Moment[]]>([
    ['after the very first step', [afterStep(1, 1)]],
    ['in the middle of epochs', [afterStep(1, 2), afterStep(2, 1), afterStep(3, 3)]],
    ["after an epoch's last step, before its validation", [afterStep(2, 4)]],
    ['while validating', [during('validation')]],
    ['while testing', [during('test')]],
  ])('stopped %s', async (_, moments) => {
    const [whole, parts] = await Promise.all([unbroken, broken(moments)]);
    expect(figures(parts)).toEqual(figures(whole));
    expect(parts.end).toMatchObject({ status: 'completed', exitCode: 0, testLoss: whole.end?.testLoss });
    const [expected, found] = await Promise.all([
      checkpointOf(whole.folder, 'last'),
      checkpointOf(parts.folder, 'last'),
    ]);
    expect(hashOf(found.tensors)).toBe(hashOf(expected.tensors));
    expect([...found.tensors.keys()]).toEqual(
      expect.arrayContaining(['adamw/m/dense_1/kernel', 'ema/dense_1/kernel', 'lookahead/dense_1/kernel']),
    );
  });

  it('paused after its first epoch and gone on with, test images untouched until the end', async () => {
    const paused = await runTraining({ settings: EVERYTHING, pauseAfterEpoch: 1, test: false });
    expect(paused.end).toMatchObject({ status: 'stopped', exitCode: 0, epochs: 1, testAccuracy: null });
    const rest = await runTraining({ settings: EVERYTHING, pauseAfterEpoch: 3 }, paused.folder);
    expect(figures({ epochs: [...paused.epochs, ...rest.epochs] })).toEqual(figures(await unbroken));
    expect(rest.end).toMatchObject({ status: 'completed', testLoss: (await unbroken).end?.testLoss });
    const untested = await runTraining({ settings: EVERYTHING, test: false });
    expect(untested.end).toMatchObject({ status: 'completed', exitCode: 0, testAccuracy: null });
  });

  it('ends as stopped, never with exit code 0, and reports no test accuracy', async () => {
    const control = new TrainingControl();
    control.stopAfterStep(EXIT.terminated);
    const { end, steps } = await runTraining({ settings: settings(), control });
    expect(steps).toHaveLength(1);
    expect(end).toMatchObject({ status: 'stopped', exitCode: 143, testAccuracy: null });
  });

  it('finishes the epoch, its validation and the test when asked to stop after it', async () => {
    const control = new TrainingControl();
    control.stopAfterEpoch();
    const { end, epochs } = await runTraining({ settings: settings(), control });
    expect(epochs).toHaveLength(1);
    expect(epochs[0]?.valAccuracy).toBeTypeOf('number');
    expect(end).toMatchObject({ status: 'stopped', exitCode: 130, testAccuracy: expect.any(Number) });
  });

  it('saves at once when asked, and goes on', async () => {
    const control = new TrainingControl();
    const onEvent = (event: TrainingEvent) => {
      if (afterStep(1, 1)(event)) control.saveNow();
    };
    const { events, end } = await runTraining({ settings: settings(), control, onEvent });
    expect(events).toContainEqual(expect.objectContaining({ event: 'checkpoint', kind: 'last', epoch: 1, step: 1 }));
    expect(end?.status).toBe('completed');
  });

  it('goes on for more epochs when they are raised', async () => {
    const first = await runTraining({ settings: settings() });
    const more = await runTraining({ settings: settings({ training: { epochs: 3 } }) }, first.folder);
    const whole = await runTraining({ settings: settings({ training: { epochs: 3 } }) });
    expect(more.epochs.map(({ epoch }) => epoch)).toEqual([3]);
    expect(figures(more)).toEqual(figures({ epochs: whole.epochs.slice(2) }));
  });

  it('refuses other data than the run was trained on', async () => {
    const first = await runTraining({ settings: settings() });
    const data = await prepareData(await loadDataset({ dataset: synthetic }), settings());
    const { error } = await runTraining({ settings: settings(), dataset: synthetic, data }, first.folder);
    expect(error).toMatchObject({ exitCode: 3, message: expect.stringMatching(/not those that the run/) });
  });
});

describe('what may differ when a run is resumed', () => {
  it('shows each setting that differs', () => {
    const wanted = settings({ optimizer: { type: 'adam', learningRate: 0.01 } }, { seed: 8, limit: 200 });
    const refusal = catching(() => requireSameRun(settings(), wanted));
    expect(refusal.problems).toEqual([
      'config.optimizer.learningRate is 0.001 in the run, but 0.01 now',
      'seed is 7 in the run, but 8 now',
      'limit is 128 in the run, but 200 now',
    ]);
    expect(refusal.hint).toMatch(/--weights RUN/);
  });

  it('lets epochs be raised, not lowered, and a description be anything', () => {
    const described = settings({ description: 'another', training: { epochs: 9 } });
    expect(() => requireSameRun(settings(), described)).not.toThrow();
    expect(catching(() => requireSameRun(described, settings())).problems).toEqual([
      'config.training.epochs is 9 in the run and can only be raised, but it is 2 now',
    ]);
  });

  it('shows a setting that only one of them has', () => {
    const stopping = settings({ training: { earlyStopping: { patience: 2 } } });
    expect(catching(() => requireSameRun(settings(), stopping)).problems[0]).toMatch(
      /^config\.training\.earlyStopping is not set in the run, but /,
    );
  });
});

function catching(run: () => void): UsageError {
  try {
    run();
  } catch (error) {
    if (error instanceof UsageError) return error;
  }
  throw new Error('no refusal');
}
