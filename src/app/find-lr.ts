import type { Context } from '../context.js';
import { findDataset } from '../data/find.js';
import { modelInput } from '../datasets/spec.js';
import { buildModel } from '../model/build.js';
import { initialWeights } from '../model/initializers.js';
import { prepareData, trainingSample } from '../training/loop/pool.js';
import { epochPlan, trainerSpec } from '../training/loop/trainer-spec.js';
import { type RangePoint, rangeTest, suggestRate } from '../training/range-test.js';
import { interruptible } from './interruptible.js';
import { openData } from './open-data.js';
import { openEngine } from './open-engine.js';
import type { SettingsChoice, Training } from './train/request.js';
import { newSettings } from './train/settings.js';

export interface FindLearningRateRequest
  extends SettingsChoice,
    Partial<Pick<Training, 'device' | 'threads' | 'dataDir' | 'offline'>> {
  readonly from: number;
  readonly to: number;
  readonly steps: number;
}

/** What `fmnist find-lr --json` prints. */
export interface FoundLearningRate {
  readonly model: string;
  readonly optimizer: string;
  readonly batchSize: number;
  readonly points: readonly RangePoint[];
  /** Whether the suggestion is a rate that stays, or the peak of one cycle. */
  readonly of: 'rate' | 'peak';
  /** Null where the range tells none. */
  readonly suggestion: number | null;
  /** Which end of the range to move outwards then. */
  readonly widen: 'from' | 'to' | null;
}

/**
 * Trains from fresh weights while the learning rate rises; nothing is kept of it but the losses.
 *
 * @param onPoint hears of each step
 * @throws UsageError, DataError, EngineError; InterruptedError when it is stopped
 */
export async function findLearningRate(
  request: FindLearningRateRequest,
  context: Context,
  onPoint: (point: RangePoint, done: number) => void,
): Promise<FoundLearningRate> {
  const settings = newSettings(request);
  const { config, precision, seed } = settings;
  const { training, optimizer } = config;
  const spec = findDataset(request.data ?? 'fashion-mnist');
  const model = buildModel(config, modelInput(spec));
  const dataset = await openData(spec, request, context);
  const { engine } = await openEngine({ ...request, precision }, context);
  const data = await prepareData(dataset, settings);
  const trainer = await engine.trainer({ ...trainerSpec(settings, model, data, engine.info), emaDecay: undefined });
  const points: RangePoint[] = [];
  const view = { onProgress: (point: RangePoint) => onPoint(point, points.push(point)), close: () => {} };
  await interruptible(
    context.interrupts,
    { stopped: 'the range test was stopped', view },
    async (signal, onProgress) => {
      await trainer.setWeights(initialWeights(model, seed, trainingSample(data, model)));
      const plan = epochPlan(settings, data, dataset.spec.imageShape, engine.info);
      for await (const point of rangeTest({ trainer, plan, signal, ...request })) onProgress(point);
    },
  ).finally(() => trainer.dispose());
  const of = config.schedule.type === 'oneCycle' ? 'peak' : 'rate';
  const { rate: suggestion = null, widen = null } = suggestRate(points, of, request.to);
  return { model: model.name, optimizer: optimizer.type, batchSize: training.batchSize, points, of, suggestion, widen };
}
