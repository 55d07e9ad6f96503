import { kernelScale } from '../adam.js';
import type { OptimizerSpec } from '../engine.js';
import type { Graph, GraphTensor } from './graph.js';
import { attr } from './proto.js';
import type { Variable } from './variable.js';

/** What changes from step to step, float32 scalars. */
export interface StepScalars {
  readonly learningRate: GraphTensor;
  /** β₁ᵗ and β₂ᵗ of Adam for this step t ≥ 1. */
  readonly beta1Power: GraphTensor;
  readonly beta2Power: GraphTensor;
}

interface Update {
  readonly variable: Variable;
  readonly gradient: GraphTensor;
  readonly slot: (name: string) => Variable;
  readonly scalars: StepScalars;
  /** Whether decoupled weight decay applies to this weight. */
  readonly decay: boolean;
  /** What must have read the old weight before it may change in place. */
  readonly after: readonly GraphTensor[];
}

interface Rule<S> {
  /** Float32 slots of the weight's shape, starting at 0, in `<type>/<slot>/<weight>`. */
  slots(spec: S): readonly string[];
  /** Slots that a kernel needs but that carry nothing from step to step: not part of the saved state. */
  readonly scratch?: readonly string[];
  apply(g: Graph, spec: S, update: Update): GraphTensor;
}

type Rules = { [K in OptimizerSpec['type']]: Rule<Extract<OptimizerSpec, { type: K }>> };

const FLOAT = { T: attr.type('float') };

/** Each optimizer as one of TensorFlow's kernels, whose formulas are those of docs/training-semantics.md. */
const RULES: Rules = {
  adam: { slots: () => ['m', 'v'], apply: applyAdam },
  adamw: {
    slots: () => ['m', 'v'],
    // w −= α·λ·w first, with the gradient of the old weight (Loshchilov & Hutter 2019; Keras' order).
    apply: (g, spec, update) => {
      if (!update.decay) return applyAdam(g, spec, update);
      const rate = g.map('Mul', [update.scalars.learningRate, g.scalar(spec.weightDecay)]);
      const old = update.variable.read([...update.after, update.gradient]);
      const decayed = update.variable.assignSub(g.map('Mul', [old, rate]));
      return applyAdam(g, spec, { ...update, after: [decayed] });
    },
  },
  sgd: {
    slots: ({ momentum }) => (momentum > 0 ? ['momentum'] : []),
    apply: (g, { momentum, nesterov }, { variable, gradient, slot, scalars, after }) => {
      if (momentum === 0) {
        return g.operation(
          'ResourceApplyGradientDescent',
          [variable.handle, scalars.learningRate, gradient],
          FLOAT,
          after,
        );
      }
      const inputs = [variable.handle, slot('momentum').handle, scalars.learningRate, gradient, g.scalar(momentum)];
      return g.operation('ResourceApplyKerasMomentum', inputs, { ...FLOAT, use_nesterov: attr.bool(nesterov) }, after);
    },
  },
  rmsprop: {
    slots: () => ['velocity'],
    scratch: ['step'],
    apply: (g, { rho, epsilon }, { variable, gradient, slot, scalars, after }) => {
      const constants = [rho, 0, epsilon].map((value) => g.scalar(value));
      const inputs = [variable, slot('velocity'), slot('step')].map(({ handle }) => handle);
      return g.operation(
        'ResourceApplyRMSProp',
        [...inputs, scalars.learningRate, ...constants, gradient],
        FLOAT,
        after,
      );
    },
  },
};

/** TensorFlow's Adam: α = lr·√(1−β₂ᵗ)/(1−β₁ᵗ), w −= α·m/(√v+ε), as Keras. */
function applyAdam(
  g: Graph,
  { beta1, beta2, epsilon }: { beta1: number; beta2: number; epsilon: number },
  { variable, gradient, slot, scalars, after }: Update,
): GraphTensor {
  const scale = kernelScale(beta2);
  const inputs = [
    variable.handle,
    slot('m').handle,
    slot('v').handle,
    scalars.beta1Power,
    scalars.beta2Power,
    g.map('Mul', [scalars.learningRate, g.scalar(scale)]),
    ...[beta1, beta2, epsilon * scale].map((value) => g.scalar(value)),
    gradient,
  ];
  return g.operation('ResourceApplyAdam', inputs, FLOAT, after);
}

/** The rule of an optimizer, its constants filled in. */
export function optimizerRule(spec: OptimizerSpec): {
  slots: readonly string[];
  scratch: readonly string[];
  apply: (g: Graph, update: Update) => GraphTensor;
} {
  // The table pairs each type with its own spec; TypeScript cannot follow that through an index.
  const rule = RULES[spec.type] as Rule<OptimizerSpec>;
  return {
    slots: rule.slots(spec),
    scratch: rule.scratch ?? [],
    apply: (g, update) => rule.apply(g, spec, update),
  };
}
