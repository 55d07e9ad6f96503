import type { ModelConfig } from '../../config/schema.js';
import type { WeightSpec } from '../../model/layer.js';
import { slotName } from '../../model/state-names.js';
import type { NamedTensor } from '../../model/tensors.js';
import { createOptimizer } from '../../optimizers/registry.js';
import type { OptimizerState } from '../format.js';
import { kerasArguments } from './arguments.js';

/** What `model.compile` is to be called with when the model is loaded. */
export function compileConfig(
  { optimizer: config, training }: ModelConfig,
  state: OptimizerState | undefined,
): unknown {
  // Keras has one learning rate for all weights.
  const { type: _type, learningRate, biasLearningRate: _factor, ...constants } = config;
  return {
    optimizer: {
      module: 'keras.optimizers',
      class_name: createOptimizer(config).kerasName,
      config: {
        learning_rate: state?.learningRate ?? learningRate,
        ...kerasArguments(constants),
        ...(training.clipNorm !== undefined && { global_clipnorm: training.clipNorm }),
      },
      registered_name: null,
    },
    loss: loss(training.labelSmoothing),
    metrics: ['accuracy'],
  };
}

/** Keras smooths labels only where they are one-hot. */
function loss(smoothing: number): unknown {
  if (smoothing === 0) return 'sparse_categorical_crossentropy';
  const config = { from_logits: false, label_smoothing: smoothing };
  return { module: 'keras.losses', class_name: 'CategoricalCrossentropy', config, registered_name: null };
}

/** The optimizer's variables: steps, learning rate, then the slots of each trained weight; undefined without state. */
export function optimizerVariables(
  { optimizer: config }: ModelConfig,
  state: OptimizerState | undefined,
  trained: readonly WeightSpec[],
): (NamedTensor | bigint)[] | undefined {
  if (state === undefined) return undefined;
  // Keras keeps the same slots, all of one weight after the other.
  const { type, slots: kinds } = createOptimizer(config);
  const names = trained.flatMap(({ name }) => kinds.map((kind) => slotName(type, kind, name)));
  const slots = names.flatMap((name) => state.slots.get(name) ?? []);
  if (slots.length < names.length) return undefined;
  const learningRate = { shape: [], data: Float32Array.of(state.learningRate) };
  return [BigInt(state.steps), learningRate, ...slots];
}
