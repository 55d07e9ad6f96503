import { beforeAll, describe, expect, it } from 'vitest';
import { loadConfig } from '../../src/config/load.js';
import { PLAIN_TRAINING } from '../../src/engine/engine.js';
import { DivergedError } from '../../src/errors.js';
import { buildModel } from '../../src/model/build.js';
import { initialWeights } from '../../src/model/initializers.js';
import { eventLineSchema } from '../../src/training/contracts/events.js';
import { openClassifier } from '../../src/training/evaluation/classifier.js';
import { palette } from '../../src/ui/palette.js';
import { jsonReporter } from '../../src/ui/reporters/json.js';
import { plainReporter } from '../../src/ui/reporters/plain.js';
import { headline } from '../../src/ui/results/test-result.js';
import { checkpointOf, hashOf } from '../helpers/checkpoints.js';
import { nativeBinding, nativeEngine } from '../helpers/engine.js';
import { FASHION_MNIST } from '../helpers/model-input.js';
import { realDataset } from '../helpers/real-data.js';
import { Sink } from '../helpers/sink.js';
import { fewTestImages, runTraining, settings } from '../helpers/training-run.js';

beforeAll(nativeBinding);

describe('the same seed', () => {
  it('gives the same losses to the last digit and the same weights, another seed others', async () => {
    const losses = async (seed: number) => {
      const { steps, folder } = await runTraining({ settings: settings({}, { seed, augment: 30 }) });
      return { losses: steps.map(({ loss }) => loss), hash: hashOf((await checkpointOf(folder, 'last')).tensors) };
    };
    const [first, again, other] = [await losses(1), await losses(1), await losses(2)];
    expect(first.losses.length).toBeGreaterThan(5);
    expect(again).toEqual(first);
    expect(other.losses).not.toEqual(first.losses);
    expect(other.hash).not.toBe(first.hash);
  });
});

describe('a run', () => {
  it('learns: one epoch of conv on 1,500 images tells clothes apart better than 60 times in 100', async () => {
    const config = loadConfig('conv');
    const conv = {
      ...settings({}, { limit: 2000 }),
      config: { ...config, training: { ...config.training, epochs: 1 } },
    };
    const { end } = await runTraining({ settings: conv });
    expect(end).toMatchObject({ status: 'completed', exitCode: 0 });
    expect(end?.testAccuracy).toBeGreaterThan(0.6);
  });

  it('of a model with nothing to train is refused', async () => {
    const frozen = { type: 'conv2d', filters: 10, kernelSize: 3, trainable: false };
    const layers = [frozen, { type: 'globalAveragePooling2d' }, { type: 'activation', activation: 'softmax' }];
    const { error } = await runTraining({ settings: settings({ layers }) });
    expect(error).toMatchObject({ message: 'model "small" has nothing to train', exitCode: 2 });
  });

  it('keeps the last partial batch and reports means over all images of the epoch', async () => {
    const { steps, epochs } = await runTraining({ settings: settings({}, { limit: 100, validation: 'none' }) });
    expect(steps.map(({ step }) => step)).toEqual([1, 2, 3, 4, 1, 2, 3, 4]);
    // 32 + 32 + 32 + 4 images: a mean over batches would be another number.
    const weighted = steps.slice(0, 4).reduce((sum, { loss }, i) => sum + loss * (i < 3 ? 32 : 4), 0) / 100;
    expect(epochs[0]?.loss).toBeCloseTo(weighted, 10);
    expect(epochs[0]).toMatchObject({ steps: 4, valLoss: null, valAccuracy: null });
  });

  it('follows the files from given weights without shuffling, step by step as the engine alone does', async () => {
    const plain = settings({ training: { epochs: 1 } }, { limit: 128, validation: 'none', shuffle: false });
    const model = buildModel(plain.config, FASHION_MNIST);
    const weights = initialWeights(model, 99);
    const { steps } = await runTraining({ settings: plain, weights });
    const { images, labels } = (await realDataset()).train;
    const trainer = await (await nativeEngine()).trainer({
      ...PLAIN_TRAINING,
      model,
      optimizer: plain.config.optimizer,
      batchSize: 32,
      precision: 'float32',
      seed: plain.seed,
      pool: { images: images.subarray(0, 128 * 784), labels: labels.subarray(0, 128) },
    });
    await trainer.setWeights(weights);
    for (const [step, { loss }] of steps.entries()) {
      const indices = Int32Array.from({ length: 32 }, (_, i) => step * 32 + i);
      const [batch] = await trainer.train([{ indices, step, learningRate: 0.001 }]);
      expect((batch?.loss ?? 0) / 32).toBe(loss);
    }
    trainer.dispose();
  });

  it('takes the learning rate of its schedule at every step', async () => {
    const schedule = { type: 'step', every: 1, factor: 0.5 };
    const { steps, epochs } = await runTraining({ settings: settings({ schedule }) });
    expect(new Set(steps.filter(({ epoch }) => epoch === 2).map((step) => step.learningRate))).toEqual(
      new Set([0.0005]),
    );
    expect(epochs.map((epoch) => epoch.learningRate)).toEqual([0.001, 0.0005]);
  });

  it('evaluates and saves the moving average of the weights as an alternative set', async () => {
    const { epochs, end, events, folder } = await runTraining({ settings: settings({ training: { emaDecay: 0.9 } }) });
    expect(epochs[1]?.emaValLoss).toBeTypeOf('number');
    expect(epochs[1]?.emaValLoss).not.toBe(epochs[1]?.valLoss);
    expect(end?.emaTestAccuracy).toBeTypeOf('number');
    const log = new Sink();
    const plain = plainReporter({ out: log, quiet: false, now: Date.now, next: () => 'nothing' });
    for (const event of events) plain.handle(event);
    expect(log.text).toMatch(/test loss=\d\.\d+ acc=\d\.\d+ epoch=2 ema=yes$/m);
    expect(headline(end ?? {}, { columns: 80, palette: palette(0) }).join('\n')).toMatch(
      /test accuracy .*\(epoch 2\)[\s\S]*\ntest accuracy .*\(averaged weights\)/,
    );
    const sink = new Sink();
    const reporter = jsonReporter(sink, true);
    for (const event of events) reporter.handle(event);
    for (const line of sink.lines) expect(() => eventLineSchema.parse(JSON.parse(line))).not.toThrow();
    for (const kind of ['last', 'best'] as const) {
      expect([...(await checkpointOf(folder, kind)).tensors.keys()]).toContain('ema/dense_1/kernel');
    }
  });

  it('tests by the mean over changed copies too where the config asks for it, as evaluate does', async () => {
    const config = { training: { emaDecay: 0.9 }, evaluation: { tta: 'flip-shift' } };
    const { end, folder } = await runTraining({ settings: settings(config) });
    const { tensors } = await checkpointOf(folder, 'last');
    const { test, spec } = await fewTestImages();
    const classifier = await openClassifier({
      engine: await nativeEngine(),
      config: settings(config).config,
      precision: 'float32',
      tensors,
      source: folder,
      dataset: spec,
      data: test,
    });
    const { loss, accuracy } = await classifier.evaluate('flip-shift', 0);
    classifier.dispose();
    const figures = { emaLoss: expect.any(Number), emaAccuracy: expect.any(Number) };
    expect(end?.ttaTest).toEqual({ views: 'flip-shift', loss, accuracy, ...figures });
    expect(end?.testLoss).not.toBe(loss);
    expect(headline(end ?? {}, { columns: 120, palette: palette(0) }).join('\n')).toMatch(
      /\(averaged weights\)[\s\S]*\(mean over mirror images and shifts\)[\s\S]*\(averaged weights, mean over/,
    );
  });

  it('with lookahead ends each epoch with the slow weights, which is what it tests and saves', async () => {
    const lookahead = { syncPeriod: 2, slowStepSize: 0.5 };
    const { folder, end } = await runTraining({ settings: settings({ training: { lookahead } }) });
    const { tensors } = await checkpointOf(folder, 'last');
    expect(tensors.get('lookahead/dense_1/kernel')?.data).toEqual(tensors.get('dense_1/kernel')?.data);
    const plain = await runTraining({ settings: settings() });
    expect(end?.testLoss).not.toBe(plain.end?.testLoss);
  });

  it('misses its gate with exit code 7', async () => {
    const { end } = await runTraining({ settings: settings(), minAccuracy: 0.999 });
    expect(end).toMatchObject({ status: 'completed', exitCode: 7, message: expect.stringMatching(/below 0\.999/) });
  });
});

describe('early stopping', () => {
  it('stops when validation grows worse, and ends with the best weights', async () => {
    const training = { epochs: 60, batchSize: 8, earlyStopping: { monitor: 'valLoss', patience: 2 } };
    const optimizer = { type: 'adam', learningRate: 0.01 };
    const stopping = settings({ training, optimizer }, { limit: 64 });
    const { epochs, end, folder } = await runTraining({ settings: stopping });
    expect(epochs.length).toBeLessThan(60);
    const losses = epochs.map(({ valLoss }) => valLoss ?? 0);
    const bestEpoch = losses.indexOf(Math.min(...losses)) + 1;
    expect(bestEpoch).toBe(epochs.length - 2);
    expect(epochs.findLast(({ best }) => best)?.epoch).toBe(bestEpoch);
    expect(end?.status).toBe('completed');

    // The run that ends at the best epoch tests the same weights.
    const shorter = settings({ training: { ...training, epochs: bestEpoch }, optimizer }, { limit: 64 });
    const upToBest = await runTraining({ settings: shorter });
    expect(end?.testLoss).toBe(upToBest.end?.testLoss);
    const [best, last] = [await checkpointOf(folder, 'best'), await checkpointOf(upToBest.folder, 'last')];
    expect(best.tensors.get('dense_1/kernel')?.data).toEqual(last.tensors.get('dense_1/kernel')?.data);
  });

  it('is warned of where nothing is held out that could stop it, and so is a plateau', async () => {
    const training = { epochs: 3, earlyStopping: { patience: 0 } };
    const blind = settings({ training, schedule: { type: 'reduceOnPlateau' } }, { validation: 'none' });
    const { events, epochs } = await runTraining({ settings: blind });
    expect(epochs).toHaveLength(3);
    const hint = 'Hold some images out, without --validation none, or leave it out of the config.';
    expect(events.filter(({ event }) => event === 'warning')).toEqual([
      { event: 'warning', message: 'early stopping never stops this run: nothing is held out for validation', hint },
      {
        event: 'warning',
        message: 'reduceOnPlateau never lowers the learning rate: nothing is held out for validation',
        hint,
      },
    ]);
  });

  it('has nothing left to train when the run is resumed', async () => {
    const training = { epochs: 9, earlyStopping: { patience: 1, minDelta: 100 } };
    const first = await runTraining({ settings: settings({ training }) });
    expect(first.epochs).toHaveLength(2);
    const again = await runTraining({ settings: settings({ training }) }, first.folder);
    expect(again.steps).toEqual([]);
    expect(again.end).toMatchObject({ status: 'completed', testLoss: first.end?.testLoss });
  });
});

describe('a run that diverges', () => {
  it('stops with exit code 6 and keeps the last good checkpoint', async () => {
    const optimizer = { type: 'sgd', momentum: 0.9 };
    const schedule = { type: 'oneCycle', maxLearningRate: 100 };
    const { end, error, folder } = await runTraining({ settings: settings({ optimizer, schedule }) });
    expect(error).toBeInstanceOf(DivergedError);
    expect(error).toMatchObject({ hint: expect.stringContaining(`--weights ${folder} starts it from the last good`) });
    expect((error as DivergedError).hint).toContain('Lower --learning-rate (now 100)');
    expect(end).toMatchObject({
      status: 'failed',
      exitCode: 6,
      message: expect.stringMatching(/in epoch \d+ at step \d+/),
    });
    const { tensors } = await checkpointOf(folder, 'last');
    for (const { data } of tensors.values()) expect(data.every(Number.isFinite)).toBe(true);
  });
});

describe('counts of images', () => {
  const counts = async (over: Partial<ReturnType<typeof settings>>) => {
    const { prepareData } = await import('../../src/training/loop/pool.js');
    const whole = settings({}, { limit: null, ...over });
    const prepared = await prepareData(await realDataset(), whole);
    return prepared;
  };

  it('are 45,000 + 30,000 to train on and 15,000 held out; no copy is made of a held-out image', async () => {
    const { counts: found, split, pool } = await counts({ augment: 30_000 });
    expect(found).toMatchObject({ train: 75_000, augmented: 30_000, validation: 15_000, test: 10_000 });
    expect(split.copiesFrom).toBe(45_000);
    expect(pool.labels).toHaveLength(100_000);
    expect(pool.images).toHaveLength(100_000 * 784);
  });

  it("are 67,500 and 22,500 under Keras' protocol", async () => {
    const { counts: found } = await counts({ augment: 30_000, validation: 'keras' });
    expect(found).toMatchObject({ train: 67_500, augmented: 30_000, validation: 22_500, validationMode: 'keras' });
  });
});
