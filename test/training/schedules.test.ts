import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  type EarlyStoppingConfig,
  earlyStoppingSchema,
  type ScheduleConfig,
  scheduleSchema,
} from '../../src/config/schema.js';
import { afterEpoch, EARLY_STOPPING_START } from '../../src/training/schedules/early-stopping.js';
import { learningRateAt, startPlateau, updatePlateau } from '../../src/training/schedules/learning-rate.js';

/** Written by Keras 3.15 and PyTorch 2.15: the file says which class gave each row. */
interface Golden {
  schedules: {
    schedule: unknown;
    baseRate: number;
    stepsPerEpoch: number;
    epochs: number;
    rates: number[];
    origin: string;
  }[];
  monitored: {
    monitor: 'valLoss' | 'valAccuracy';
    patience: number;
    factor: number;
    minDelta: number;
    minLearningRate: number;
    values: number[];
    rates: number[];
    stoppedEpoch: number | null;
    bestEpoch: number;
  }[];
}

const golden: Golden = JSON.parse(readFileSync(new URL('../fixtures/schedules.json', import.meta.url), 'utf8'));
const PLACE = { stepsPerEpoch: 10, epochs: 4 };

describe('the learning rate', () => {
  it.each(golden.schedules.map((row) => [`${row.origin} ${JSON.stringify(row.schedule)}`, row] as const))(
    'follows %s at every step',
    (_name, { schedule, baseRate, stepsPerEpoch, epochs, rates }) => {
      const config = scheduleSchema.parse(schedule);
      for (const [step, expected] of rates.entries()) {
        const rate = learningRateAt(config, baseRate, { step, stepsPerEpoch, epochs });
        // Keras computes in float32.
        expect(Math.abs(rate - expected), `step ${step}: ${rate} against ${expected}`).toBeLessThan(
          2e-6 * baseRate + 1e-9,
        );
      }
    },
  );

  it('stays where it is when constant', () => {
    for (const step of [0, 1, 39]) expect(learningRateAt({ type: 'constant' }, 0.003, { step, ...PLACE })).toBe(0.003);
  });

  it('is finite, not negative and never above its peak, however short the run', () => {
    const configs: ScheduleConfig[] = [
      { type: 'cosine', warmupEpochs: 5, minLearningRate: 0.5 },
      { type: 'oneCycle', maxLearningRate: 0.1, warmupFraction: 0.01 },
      { type: 'oneCycle', maxLearningRate: 0.1, warmupFraction: 0.99 },
      { type: 'step', every: 1, factor: 0.1 },
    ];
    for (const config of configs) {
      for (const [stepsPerEpoch, epochs] of [
        [1, 1],
        [1, 2],
        [2, 1],
        [3, 5],
      ] as const) {
        for (let step = 0; step < stepsPerEpoch * epochs; step++) {
          const rate = learningRateAt(config, 0.1, { step, stepsPerEpoch, epochs });
          expect(rate, `${JSON.stringify(config)} at ${step} of ${stepsPerEpoch}×${epochs}`).toBeGreaterThanOrEqual(0);
          expect(rate).toBeLessThanOrEqual(0.1);
        }
      }
    }
  });
});

describe.each(golden.monitored.map((row, i) => [i, row] as const))('Keras series %i', (_i, row) => {
  const { monitor, patience, factor, minDelta, minLearningRate, values } = row;
  const metrics = (value: number) => ({ valLoss: null, valAccuracy: null, [monitor]: value });

  it('drops the rate on a plateau in the same epochs, also through a checkpoint', () => {
    const config = { type: 'reduceOnPlateau', monitor, factor, patience, minDelta, minLearningRate } as const;
    let state = startPlateau(0.01);
    const rates = values.map((value) => {
      state = updatePlateau(config, JSON.parse(JSON.stringify(state)), metrics(value));
      return learningRateAt(config, 0.01, { step: 0, ...PLACE, plateau: state });
    });
    for (const [epoch, expected] of row.rates.entries()) expect(rates[epoch]).toBeCloseTo(expected, 8);
  });

  it('stops early in the same epoch and remembers the same best one', () => {
    const config: EarlyStoppingConfig = earlyStoppingSchema.parse({ monitor, patience, minDelta });
    let state = EARLY_STOPPING_START;
    let stopped: number | null = null;
    for (const [i, value] of values.entries()) {
      state = afterEpoch(config, JSON.parse(JSON.stringify(state)), i + 1, metrics(value));
      if (state.stop) {
        stopped = i + 1;
        break;
      }
    }
    expect({ stopped, best: state.bestEpoch }).toEqual({ stopped: row.stoppedEpoch, best: row.bestEpoch });
  });
});

describe('without validation', () => {
  const none = { valLoss: null, valAccuracy: null };

  it('neither the plateau nor early stopping moves', () => {
    const plateau = startPlateau(0.1);
    const config = scheduleSchema.parse({ type: 'reduceOnPlateau', patience: 0 });
    if (config.type !== 'reduceOnPlateau') throw new Error('not a plateau');
    expect(updatePlateau(config, plateau, none)).toEqual(plateau);
    expect(afterEpoch(earlyStoppingSchema.parse({ patience: 0 }), EARLY_STOPPING_START, 3, none)).toEqual(
      EARLY_STOPPING_START,
    );
  });
});

it('a NaN metric is never the best', () => {
  const config = earlyStoppingSchema.parse({ patience: 5 });
  const state = afterEpoch(config, EARLY_STOPPING_START, 1, { valLoss: Number.NaN, valAccuracy: 0.1 });
  expect(state.best).toBeNull();
});
