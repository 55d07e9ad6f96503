import type { ConstantsOf, OptimizerType, ScalarOf, SlotOf } from '../../optimizers/registry.js';
import type { Graph, GraphTensor } from './graph.js';
import { attr } from './proto.js';
import type { Variable } from './variables.js';

/** One weight in one step. */
export interface WeightNodes<Slot extends string, Scalar extends string> {
  readonly variable: Variable;
  readonly gradient: GraphTensor;
  slot(name: Slot): Variable;
  scratch(name: string): Variable;
  /** float32 */
  scalar(name: Scalar): GraphTensor;
  /** Whether decoupled weight decay applies to this weight. */
  readonly decay: boolean;
  /** What must have read the old weight before it may change in place. */
  readonly after: readonly GraphTensor[];
}

/** An optimizer's update of one weight by a kernel of TensorFlow's, which passes over the memory once. */
export interface Kernel<Type extends OptimizerType> {
  /** Arrays like slots that the kernel writes to and that carry nothing from step to step: not part of the saved state. */
  readonly scratch?: readonly string[];
  apply(g: Graph, constants: ConstantsOf<Type>, nodes: WeightNodes<SlotOf<Type>, ScalarOf<Type>>): GraphTensor;
}

const FLOAT = { T: attr.type('float') };

/** The optimizers that TensorFlow has kernels for, with the formulas of src/optimizers. Others are made of plain nodes. */
export const KERNELS = {
  adam: { apply: applyAdam },
  adamw: {
    apply: (g, constants, nodes) => applyAdam(g, constants, shrunk(g, constants.weightDecay, nodes)),
  },
  sgd: {
    apply(g, { momentum, nesterov, weightDecay }, nodes) {
      const { variable, gradient, slot, scalar, after } = shrunk(g, weightDecay, nodes);
      const learningRate = scalar('learningRate');
      if (momentum === 0) {
        return g.operation('ResourceApplyGradientDescent', [variable.handle, learningRate, gradient], FLOAT, after);
      }
      const inputs = [variable.handle, slot('momentum').handle, learningRate, gradient, g.scalar(momentum)];
      return g.operation('ResourceApplyKerasMomentum', inputs, { ...FLOAT, use_nesterov: attr.bool(nesterov) }, after);
    },
  },
  rmsprop: {
    scratch: ['step'],
    apply(g, { rho, epsilon }, { variable, gradient, slot, scratch, scalar, after }) {
      const arrays = [variable, slot('velocity'), scratch('step')].map(({ handle }) => handle);
      const constants = [rho, 0, epsilon].map((value) => g.scalar(value));
      const inputs = [...arrays, scalar('learningRate'), ...constants, gradient];
      return g.operation('ResourceApplyRMSProp', inputs, FLOAT, after);
    },
  },
} satisfies { readonly [Type in OptimizerType]?: Kernel<Type> };

/** The nodes of a step that comes after decoupled weight decay, where there is some: w −= lr · λ · w with the gradient of the old weight. */
function shrunk<Nodes extends WeightNodes<never, 'learningRate'>>(
  g: Graph,
  weightDecay: number | undefined,
  nodes: Nodes,
): Nodes {
  const { variable, gradient, scalar, decay, after } = nodes;
  if (!decay || weightDecay === undefined) return nodes;
  const rate = g.map('Mul', [scalar('learningRate'), g.scalar(weightDecay)]);
  const old = variable.read([...after, gradient]);
  return { ...nodes, after: [variable.assignSub(g.map('Mul', [old, rate]))] };
}

function applyAdam(
  g: Graph,
  { beta1, beta2, epsilon }: ConstantsOf<'adam'>,
  { variable, gradient, slot, scalar, after }: WeightNodes<'m' | 'v', ScalarOf<'adam'>>,
): GraphTensor {
  const scale = adamScale(beta2);
  const inputs = [
    variable.handle,
    slot('m').handle,
    slot('v').handle,
    scalar('beta1Power'),
    scalar('beta2Power'),
    g.map('Mul', [scalar('learningRate'), g.scalar(scale)]),
    ...[beta1, beta2, epsilon * scale].map((value) => g.scalar(value)),
    gradient,
  ];
  return g.operation('ResourceApplyAdam', inputs, FLOAT, after);
}

/**
 * √((1 − float32(β₂)) / (1 − β₂)): how much smaller √v is in TensorFlow's Adam kernel, which takes 1 − β₂ in float32, than
 * in Keras, which takes it in float64. Learning rate and ε times this give Keras' steps.
 */
function adamScale(beta2: number): number {
  return Math.sqrt((1 - Math.fround(beta2)) / (1 - beta2));
}
