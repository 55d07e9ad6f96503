import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { parseConfig } from '../../src/config/load.js';
import { PLAIN_TRAINING, type TrainerSpec } from '../../src/engine/engine.js';
import { Graph, type GraphTensor } from '../../src/engine/graph/graph.js';
import { byFormula, byKernel, byLoop, type GraphOptimizer } from '../../src/engine/graph/optimizer.js';
import { type Feed, Session } from '../../src/engine/graph/session.js';
import { Variable } from '../../src/engine/graph/variables.js';
import type { TensorFlowBinding } from '../../src/engine/native/binding/binding.js';
import { stateArrays } from '../../src/engine/state.js';
import { AVERAGE_RATE, stepScalars } from '../../src/engine/step-scalars.js';
import { buildModel } from '../../src/model/build.js';
import { fitWeights } from '../../src/model/fit-weights.js';
import { sizeOf } from '../../src/model/tensors.js';
import {
  createOptimizer,
  type OptimizerSpec,
  optimizerConfigSchema,
  optimizers,
} from '../../src/optimizers/registry.js';
import { nativeBinding } from '../helpers/engine.js';
import { distance } from '../helpers/engines.js';
import { FASHION_MNIST } from '../helpers/model-input.js';

const TYPES = Object.keys(optimizers);
const LAYERS = [{ type: 'flatten' }, { type: 'dense', units: 10, activation: 'softmax' }];

describe.each(TYPES)('%s', (type) => {
  it('keeps its arrays under names that --weights leaves aside and that no layer may have', () => {
    const config = parseConfig({ layers: LAYERS, optimizer: { type } }, 'test');
    const model = buildModel(config, FASHION_MNIST);
    const spec = {
      ...PLAIN_TRAINING,
      model,
      optimizer: config.optimizer,
      batchSize: 1,
      precision: 'float32',
      seed: 1,
      pool: { images: new Uint8Array(), labels: new Uint8Array() },
      emaDecay: 0.9,
      lookahead: true,
    } as const;
    const arrays = stateArrays(spec, createOptimizer(config.optimizer));
    const state = arrays.map(({ name, shape }) => [name, { shape, data: new Float32Array(sizeOf(shape)) }] as const);
    expect([...fitWeights(model, new Map(state), 'a checkpoint').keys()]).toEqual(['dense_1/kernel', 'dense_1/bias']);

    const [flatten, dense] = LAYERS;
    expect(() => parseConfig({ layers: [{ ...flatten, name: type }, dense] }, 'test')).toThrow(
      expect.objectContaining({ problems: [expect.stringContaining(`"${type}" is reserved`)] }),
    );
  });
});

const SIZE = 64;
const STEPS = 20;

/** The weights after some steps of an optimizer in TensorFlow. */
function train(binding: TensorFlowBinding, optimizer: GraphOptimizer, decay: boolean): Float32Array {
  const g = new Graph();
  const weight = new Variable(g, 'weight', 'float', [SIZE]);
  const arrays = new Map(
    [...optimizer.slots, ...optimizer.scratch].map((name) => [name, new Variable(g, name, 'float', [SIZE])]),
  );
  const value = g.placeholder('float', [SIZE]);
  const fill = g.after(
    g.constant('int32', [0]),
    [weight, ...arrays.values()].map((variable) => variable.assign(value)),
  );
  const start = g.after(g.constant('int32', [1]), [weight.assign(value)]);
  const gradient = g.placeholder('float', [SIZE]);
  const names = Object.keys(optimizer.scalars({ learningRate: 0, t: 1 }));
  const scalars = new Map(names.map((name) => [name, g.placeholder('float', [])]));
  const written = optimizer.apply(g, {
    variable: weight,
    gradient,
    slot: (name) => arrays.get(name) as Variable,
    scratch: (name) => arrays.get(name) as Variable,
    scalar: (name) => scalars.get(name) as GraphTensor,
    decay,
    after: [],
  });
  const step = g.after(g.constant('int32', [2]), written);
  const read = weight.read();
  const session = new Session(binding, g);
  session.run([[value, new Float32Array(SIZE), [SIZE]]], [fill]);
  session.run([[value, Float32Array.from({ length: SIZE }, (_, i) => (i - 30) / 10), [SIZE]]], [start]);
  for (let t = 1; t <= STEPS; t++) {
    const gradients = Float32Array.from({ length: SIZE }, (_, i) => Math.sin(i * t) * 10 ** ((i % 7) - 4));
    const numbers = optimizer.scalars({ learningRate: 0.05 / t, t });
    const feeds = [...scalars].map(([name, x]): Feed => [x, Float32Array.of(numbers[name] as number), []]);
    session.run([[gradient, gradients, [SIZE]], ...feeds], [step]);
  }
  const [weights] = session.run([], [read]) as [Float32Array];
  session.dispose();
  return weights;
}

const SPECS: OptimizerSpec[] = [
  ...TYPES.map((type) => optimizerConfigSchema.parse({ type })),
  { type: 'sgd', momentum: 0.9, nesterov: false },
  { type: 'sgd', momentum: 0.9, nesterov: true },
  { type: 'sgd', momentum: 0.9, nesterov: true, weightDecay: 0.1 },
  { type: 'sgd', momentum: 0, nesterov: false, weightDecay: 0.1 },
];

let binding: TensorFlowBinding;
beforeAll(async () => {
  binding = await nativeBinding();
});

describe('what TensorFlow computes by its own kernel, by the formula and by a loop that XLA makes of it is the same', () => {
  it.each(SPECS)('%o', (spec) => {
    for (const decay of [false, true]) {
      const formula = train(binding, byFormula(spec), decay);
      const kernel = byKernel(spec);
      expect(formula.every(Number.isFinite)).toBe(true);
      // XLA multiplies and adds in one operation: last digits of the largest weights.
      const lastDigits = 3e-7 * Math.max(1, ...formula.map(Math.abs));
      expect(distance(formula, train(binding, byLoop(spec), decay))).toBeLessThan(lastDigits);
      if (kernel) expect(distance(formula, train(binding, kernel, decay))).toBeLessThan(2e-6);
    }
  });
});

/** Made by fixtures/make_optimizer_fixtures.py. */
const keras = JSON.parse(readFileSync(new URL('../fixtures/optimizers.json', import.meta.url), 'utf8')) as {
  readonly sgd: readonly {
    momentum: number;
    nesterov: boolean;
    weightDecay: number;
    kernel: number[];
    bias: number[];
  }[];
  readonly averages: { readonly decay: number; readonly values: readonly number[] };
};

it.each(keras.sgd)(
  'sgd decays kernels and not biases, as Keras does: momentum $momentum, nesterov $nesterov',
  ({ kernel, bias, ...options }) => {
    const spec = { type: 'sgd', ...options } as const;
    for (const optimizer of [byFormula(spec), byKernel(spec) as GraphOptimizer]) {
      expect(distance(train(binding, optimizer, true), kernel)).toBeLessThan(1e-5);
      expect(distance(train(binding, optimizer, false), bias)).toBeLessThan(1e-5);
    }
  },
);

it("the moving average's warm-up is that of TensorFlow's ExponentialMovingAverage with num_updates", () => {
  const { decay, values } = keras.averages;
  const spec = { ...PLAIN_TRAINING, emaDecay: decay, emaWarmup: true } as TrainerSpec;
  const optimizer = createOptimizer({ type: 'sgd', momentum: 0, nesterov: false });
  let average = 0;
  for (const [step, expected] of values.entries()) {
    const rate = stepScalars(spec, optimizer, { step, learningRate: 0 }).get(AVERAGE_RATE) ?? Number.NaN;
    average += rate * (step + 1 - average);
    expect(Math.abs(average - expected)).toBeLessThan(1e-5);
  }
});
