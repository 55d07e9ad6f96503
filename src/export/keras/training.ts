import type { ModelConfig } from '../../config/schema.js';
import type { WeightSpec } from '../../model/layer.js';
import { slotName } from '../../model/state-names.js';
import type { NamedTensor } from '../../model/tensors.js';
import { createOptimizer, type OptimizerConfig } from '../../optimizers/registry.js';
import type { OptimizerState } from '../format.js';

interface KerasOptimizer<Config> {
  readonly className: string;
  readonly config: (config: Config) => Readonly<Record<string, unknown>>;
}

type Optimizers = { [Type in OptimizerConfig['type']]: KerasOptimizer<Extract<OptimizerConfig, { type: Type }>> };

interface AdamConstants {
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
}

const adam = ({ beta1, beta2, epsilon }: AdamConstants) => ({ beta_1: beta1, beta_2: beta2, epsilon });

/** Each optimizer as Keras has it: formulas and state are the same (but Keras' AdamW decays biases too). */
const OPTIMIZERS: Optimizers = {
  adam: { className: 'Adam', config: adam },
  adamw: {
    className: 'AdamW',
    config: (config) => ({ ...adam(config), weight_decay: config.weightDecay }),
  },
  sgd: {
    className: 'SGD',
    config: ({ momentum, nesterov }) => ({ momentum, nesterov }),
  },
  rmsprop: { className: 'RMSprop', config: ({ rho, epsilon }) => ({ rho, epsilon }) },
};

function optimizer(config: OptimizerConfig): KerasOptimizer<OptimizerConfig> {
  // The table pairs each type with its own config; TypeScript cannot follow that through an index.
  return OPTIMIZERS[config.type] as KerasOptimizer<OptimizerConfig>;
}

/** What `model.compile` is to be called with when the model is loaded. */
export function compileConfig(
  { optimizer: config, training }: ModelConfig,
  state: OptimizerState | undefined,
): unknown {
  const { className, config: constants } = optimizer(config);
  return {
    optimizer: {
      module: 'keras.optimizers',
      class_name: className,
      config: {
        learning_rate: state?.learningRate ?? config.learningRate,
        ...constants(config),
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
