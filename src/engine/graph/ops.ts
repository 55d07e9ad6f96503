import type {
  Activation,
  BatchNormOptions,
  BatchNormWeights,
  ConvOptions,
  DepthwiseOptions,
  Ops,
  PoolOptions,
} from '../../model/ops.js';
import type { Shape } from '../../model/tensors.js';
import { ACTIVATIONS } from './activations.js';
import { batchNormInference, batchNormTraining } from './batch-norm.js';
import { conv2d } from './conv2d.js';
import { biasAdd, matMul } from './dense.js';
import { depthwiseConv2d } from './depthwise-conv2d.js';
import { dropoutMask } from './dropout.js';
import type { Graph, GraphTensor } from './graph.js';
import type { TrainingPass } from './pass.js';
import { avgPool, globalAvgPool, globalMaxPool, maxPool } from './pooling.js';
import type { Differentiable, Tape } from './tape.js';

/** What an {@link import('../engine.js').Inspector} needs of a pass. */
export interface Inspection {
  readonly tape: Tape;
  observe(layer: string, output: GraphTensor): GraphTensor;
}

/** Emits TensorFlow nodes; in training each operation goes on the tape with its gradient rules beside it. */
export class GraphOps implements Ops<GraphTensor> {
  readonly training: boolean;

  constructor(
    private readonly graph: Graph,
    /** Type of the matrix work: kernels are cast to it, normalisation and loss stay float32. */
    private readonly compute: 'float' | 'bfloat16',
    private readonly pass?: TrainingPass,
    /** Differentiates and observes a pass that does not train. */
    private readonly inspection?: Inspection,
  ) {
    this.training = pass !== undefined;
  }

  get observe(): Inspection['observe'] | undefined {
    return this.inspection?.observe;
  }

  conv2d(x: GraphTensor, kernel: GraphTensor, options: ConvOptions): GraphTensor {
    return this.#record(conv2d(this.graph, this.#narrow(x), this.#narrow(kernel), options));
  }

  depthwiseConv2d(x: GraphTensor, kernel: GraphTensor, options: DepthwiseOptions): GraphTensor {
    // In float32 in any precision: on a CPU TensorFlow has no other kernel.
    const y = this.#record(depthwiseConv2d(this.graph, this.#cast(x, 'float'), kernel, options));
    return this.#narrow(y);
  }

  biasAdd(x: GraphTensor, bias: GraphTensor): GraphTensor {
    return this.#record(biasAdd(this.graph, x, this.#cast(bias, x.dtype)));
  }

  matMul(x: GraphTensor, kernel: GraphTensor): GraphTensor {
    return this.#record(matMul(this.graph, this.#narrow(x), this.#narrow(kernel)));
  }

  activation(x: GraphTensor, kind: Activation): GraphTensor {
    if (kind === 'linear') return x;
    const { y, rule } = ACTIVATIONS[kind](this.graph, x);
    return this.#record({ y, inputs: [[x, rule]] });
  }

  maxPool(x: GraphTensor, options: PoolOptions): GraphTensor {
    return this.#record(maxPool(this.graph, x, options));
  }

  avgPool(x: GraphTensor, options: PoolOptions): GraphTensor {
    return this.#record(avgPool(this.graph, x, options));
  }

  globalAvgPool(x: GraphTensor): GraphTensor {
    return this.#record(globalAvgPool(this.graph, x));
  }

  globalMaxPool(x: GraphTensor): GraphTensor {
    return this.#record(globalMaxPool(this.graph, x));
  }

  batchNorm(x: GraphTensor, weights: BatchNormWeights<GraphTensor>, options: BatchNormOptions): GraphTensor {
    // The kernels normalise rank 4 only: features become 1×1 images.
    if (x.shape.length === 2) {
      const image = this.reshape(x, [1, 1, x.shape[1] as number]);
      return this.reshape(this.batchNorm(image, weights, options), x.shape.slice(1));
    }
    if (!this.pass) return this.#record(batchNormInference(this.graph, x, weights, options));
    return this.#record(batchNormTraining(this.graph, this.pass, x, weights, options));
  }

  dropout(x: GraphTensor, rate: number, name: string, noiseShape: Shape = x.shape.slice(1)): GraphTensor {
    if (!this.pass) return x;
    const g = this.graph;
    const mask = dropoutMask(g, x, noiseShape, rate, name, this.pass);
    return this.#record({ y: g.map('Mul', [x, mask]), inputs: [[x, (dy) => g.map('Mul', [dy, mask])]] });
  }

  reshape(x: GraphTensor, shape: readonly number[]): GraphTensor {
    const y = this.graph.reshape(x, [x.shape[0] as number, ...shape]);
    return this.#record({ y, inputs: [[x, (dy) => this.graph.reshape(dy, x.shape)]] });
  }

  add(a: GraphTensor, b: GraphTensor): GraphTensor {
    const other = this.#cast(b, a.dtype);
    return this.#record({
      y: this.graph.map('AddV2', [a, other]),
      inputs: [
        [a, (dy) => dy],
        [other, (dy) => dy],
      ],
    });
  }

  mul(a: GraphTensor, b: GraphTensor): GraphTensor {
    const g = this.graph;
    const other = this.#cast(b, a.dtype);
    return this.#record({
      y: g.map('Mul', [a, other]),
      inputs: [
        [a, (dy) => g.map('Mul', [dy, other])],
        [other, (dy) => sumTo(g, g.map('Mul', [dy, a]), other.shape)],
      ],
    });
  }

  #narrow(x: GraphTensor): GraphTensor {
    return this.#cast(x, this.compute);
  }

  #cast(x: GraphTensor, dtype: GraphTensor['dtype']): GraphTensor {
    const y = this.graph.cast(x, dtype);
    return y === x ? x : this.#record({ y, inputs: [[x, (dy) => this.graph.cast(dy, x.dtype)]] });
  }

  #record(operation: Differentiable): GraphTensor {
    (this.pass ?? this.inspection)?.tape.record(operation);
    return operation.y;
  }
}

/** The sum over the dimensions that are 1 in `shape`. */
function sumTo(g: Graph, x: GraphTensor, shape: readonly number[]): GraphTensor {
  const axes = shape.flatMap((size, axis) => (size === 1 && x.shape[axis] !== 1 ? [axis] : []));
  return axes.length === 0 ? x : g.reduce('Sum', x, axes, true);
}
