import { float32Power } from '../adam.js';
import type { OptimizerSpec } from '../engine.js';
import * as tf from './tf.js';

/** One weight's update: what it was, its gradient, and the optimizer's slots for it. */
export interface Update {
  readonly weight: tf.Tensor;
  readonly gradient: tf.Tensor;
  readonly slots: ReadonlyMap<string, tf.Tensor>;
  readonly learningRate: number;
  /** Counts from 0 over the whole run. */
  readonly step: number;
  /** Whether decoupled weight decay applies to this weight. */
  readonly decay: boolean;
}

export interface Updated {
  readonly weight: tf.Tensor;
  readonly slots: ReadonlyMap<string, tf.Tensor>;
}

export interface Optimizer {
  /** Names of the arrays kept for each weight; they start at 0. */
  readonly slots: readonly string[];
  apply(update: Update): Updated;
}

type Factory<S extends OptimizerSpec> = (spec: S) => Optimizer;
type SpecOf<K extends OptimizerSpec['type']> = Extract<OptimizerSpec, { type: K }>;

const FACTORIES: { readonly [K in OptimizerSpec['type']]: Factory<SpecOf<K>> } = {
  adam: (spec) => ({ slots: ['m', 'v'], apply: (update) => adam(spec, update) }),
  // Loshchilov & Hutter 2019 as in Keras: the weight shrinks by lr · decay before Adam's step.
  adamw: (spec) => ({
    slots: ['m', 'v'],
    apply: (update) => {
      const shrunk = tf.mul(update.weight, 1 - (update.decay ? spec.weightDecay * update.learningRate : 0));
      return adam(spec, { ...update, weight: shrunk });
    },
  }),
  sgd: (spec) => ({
    slots: spec.momentum > 0 ? ['momentum'] : [],
    apply: (update) => (spec.momentum > 0 ? momentum(spec, update) : plain(update)),
  }),
  rmsprop: (spec) => ({ slots: ['velocity'], apply: (update) => rmsprop(spec, update) }),
};

/** The optimizer's formulas, with Keras 3 as the reference. */
export function createOptimizer<K extends OptimizerSpec['type']>(spec: SpecOf<K>): Optimizer {
  return FACTORIES[spec.type as K](spec);
}

/** Kingma & Ba 2015, the efficient form at the end of its section 2: ε is beside √v, uncorrected, as in Keras. */
function adam(
  { beta1, beta2, epsilon }: Pick<SpecOf<'adam'>, 'beta1' | 'beta2' | 'epsilon'>,
  { weight, gradient, slots, learningRate, step }: Update,
): Updated {
  const t = step + 1;
  const alpha = (learningRate * Math.sqrt(1 - float32Power(beta2, t))) / (1 - float32Power(beta1, t));
  const m = towards(slot(slots, 'm'), gradient, 1 - beta1);
  const v = towards(slot(slots, 'v'), tf.square(gradient), 1 - beta2);
  const next = tf.sub(weight, tf.div(tf.mul(m, alpha), tf.add(tf.sqrt(v), epsilon)));
  return {
    weight: next,
    slots: new Map([
      ['m', m],
      ['v', v],
    ]),
  };
}

/** Keras' SGD keeps the learning rate inside the velocity: v = μ·v − lr·g. */
function momentum(spec: SpecOf<'sgd'>, { weight, gradient, slots, learningRate }: Update): Updated {
  const step = tf.mul(gradient, learningRate);
  const velocity = tf.sub(tf.mul(slot(slots, 'momentum'), spec.momentum), step);
  const move = spec.nesterov ? tf.sub(tf.mul(velocity, spec.momentum), step) : velocity;
  return { weight: tf.add(weight, move), slots: new Map([['momentum', velocity]]) };
}

function plain({ weight, gradient, learningRate }: Update): Updated {
  return { weight: tf.sub(weight, tf.mul(gradient, learningRate)), slots: new Map() };
}

/** Keras' form: ε is under the root. */
function rmsprop({ rho, epsilon }: SpecOf<'rmsprop'>, { weight, gradient, slots, learningRate }: Update): Updated {
  const velocity = towards(slot(slots, 'velocity'), tf.square(gradient), 1 - rho);
  const next = tf.sub(weight, tf.div(tf.mul(gradient, learningRate), tf.sqrt(tf.add(velocity, epsilon))));
  return { weight: next, slots: new Map([['velocity', velocity]]) };
}

/** average + (value − average) · rate. */
function towards(average: tf.Tensor, value: tf.Tensor, rate: number): tf.Tensor {
  return tf.add(average, tf.mul(tf.sub(value, average), rate));
}

function slot(slots: ReadonlyMap<string, tf.Tensor>, name: string): tf.Tensor {
  const tensor = slots.get(name);
  if (!tensor) throw new Error(`optimizer slot ${name} is missing`);
  return tensor;
}
