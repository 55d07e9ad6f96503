import type { Activation, BatchNormOptions, BatchNormWeights, ConvOptions, Ops, PoolOptions } from '../../model/ops.js';
import { ACTIVATIONS } from './activations.js';
import { batchNormInference, batchNormTraining } from './batch-norm.js';
import { dropoutMask } from './dropout.js';
import type { Graph, GraphTensor } from './graph.js';
import { attr } from './proto.js';
import type { Tape } from './tape.js';
import type { Variable } from './variable.js';

/** What a training pass needs besides the graph. */
export interface TrainingPass {
  readonly tape: Tape;
  /** int32 scalar: the optimizer step, which keys dropout. */
  readonly step: GraphTensor;
  readonly seed: number;
  /** The variable behind a tensor read from it. */
  variableOf(tensor: GraphTensor): Variable;
  /** Takes writes that must happen in the step, such as moving statistics. */
  update(write: GraphTensor): void;
}

/** Emits TensorFlow nodes; in training each operation goes on the tape with its gradient rules beside it. */
export class GraphOps implements Ops<GraphTensor> {
  readonly training: boolean;

  constructor(
    private readonly graph: Graph,
    /** Type of the matrix work: kernels are cast to it, normalisation and loss stay float32. */
    private readonly compute: 'float' | 'bfloat16',
    private readonly pass?: TrainingPass,
  ) {
    this.training = pass !== undefined;
  }

  conv2d(x: GraphTensor, kernel: GraphTensor, options: ConvOptions): GraphTensor {
    const g = this.graph;
    const [input, filter] = [this.#narrow(x), this.#narrow(kernel)];
    const attrs = {
      T: attr.type(this.compute),
      strides: attr.ints([1, ...options.strides, 1]),
      padding: attr.string(options.padding.toUpperCase()),
      dilations: attr.ints([1, ...options.dilationRate, 1]),
      data_format: attr.string('NHWC'),
    };
    const shape = [x.shape[0] as number, ...windows(x.shape, kernel.shape, options), kernel.shape[3] as number];
    const y = g.node('Conv2D', [input, filter], attrs, this.compute, shape);
    return this.#record(y, [
      [input, (dy) => g.node('Conv2DBackpropInput', [g.shapeOf(input), filter, dy], attrs, this.compute, x.shape)],
      [
        filter,
        (dy) => g.node('Conv2DBackpropFilter', [input, g.shapeOf(filter), dy], attrs, this.compute, kernel.shape),
      ],
    ]);
  }

  biasAdd(x: GraphTensor, bias: GraphTensor): GraphTensor {
    const g = this.graph;
    const vector = this.#cast(bias, x.dtype);
    const attrs = { T: attr.type(x.dtype), data_format: attr.string('NHWC') };
    return this.#record(g.node('BiasAdd', [x, vector], attrs, x.dtype, x.shape), [
      [x, (dy) => dy],
      [vector, (dy) => biasGradient(g, dy)],
    ]);
  }

  matMul(x: GraphTensor, kernel: GraphTensor): GraphTensor {
    const [input, weight] = [this.#narrow(x), this.#narrow(kernel)];
    return this.#record(this.#product(input, false, weight, false), [
      [input, (dy) => this.#inputGradient(dy, weight)],
      [weight, (dy) => this.#product(input, true, dy, false)],
    ]);
  }

  activation(x: GraphTensor, kind: Activation): GraphTensor {
    if (kind === 'linear') return x;
    const { y, rule } = ACTIVATIONS[kind](this.graph, x);
    return this.#record(y, [[x, rule]]);
  }

  maxPool(x: GraphTensor, options: PoolOptions): GraphTensor {
    const g = this.graph;
    const attrs = poolAttrs(x, options);
    const y = g.node('MaxPool', [x], attrs, x.dtype, pooled(x, options));
    return this.#record(y, [[x, (dy) => g.node('MaxPoolGrad', [x, y, dy], attrs, x.dtype, x.shape)]]);
  }

  avgPool(x: GraphTensor, options: PoolOptions): GraphTensor {
    const g = this.graph;
    const attrs = poolAttrs(x, options);
    const y = g.node('AvgPool', [x], attrs, x.dtype, pooled(x, options));
    return this.#record(y, [[x, (dy) => g.node('AvgPoolGrad', [g.shapeOf(x), dy], attrs, x.dtype, x.shape)]]);
  }

  globalAvgPool(x: GraphTensor): GraphTensor {
    const g = this.graph;
    const [batch, height, width, channels] = x.shape as [number, number, number, number];
    return this.#record(g.reduce('Mean', x, [1, 2]), [
      [
        x,
        (dy) => {
          const share = g.map('Mul', [g.reshape(dy, [batch, 1, 1, channels]), g.scalar(1 / (height * width), x.dtype)]);
          return g.node('BroadcastTo', [share, g.shapeOf(x)], { T: attr.type(x.dtype) }, x.dtype, x.shape);
        },
      ],
    ]);
  }

  globalMaxPool(x: GraphTensor): GraphTensor {
    const g = this.graph;
    const [batch, , , channels] = x.shape as [number, number, number, number];
    const y = g.reduce('Max', x, [1, 2]);
    return this.#record(y, [
      [
        x,
        // Equal maxima share the gradient, as in TensorFlow's own rule for Max.
        (dy) => {
          const top = g.reshape(y, [batch, 1, 1, channels]);
          const isTop = g.cast(g.node('Equal', [x, top], { T: attr.type(x.dtype) }, 'bool', x.shape), x.dtype);
          const share = g.map('RealDiv', [g.reshape(dy, top.shape), g.reduce('Sum', isTop, [1, 2], true)]);
          return g.map('Mul', [isTop, share]);
        },
      ],
    ]);
  }

  batchNorm(x: GraphTensor, weights: BatchNormWeights<GraphTensor>, options: BatchNormOptions): GraphTensor {
    // The kernels normalise rank 4 only: features become 1×1 images.
    if (x.shape.length === 2) {
      const image = this.reshape(x, [1, 1, x.shape[1] as number]);
      return this.reshape(this.batchNorm(image, weights, options), x.shape.slice(1));
    }
    if (!this.pass) return batchNormInference(this.graph, x, weights, options);
    const { y, inputs } = batchNormTraining(this.graph, this.pass, x, weights, options);
    return this.#record(y, inputs);
  }

  dropout(x: GraphTensor, rate: number, name: string): GraphTensor {
    if (!this.pass) return x;
    const g = this.graph;
    const mask = dropoutMask(g, x, rate, name, this.pass);
    return this.#record(g.map('Mul', [x, mask]), [[x, (dy) => g.map('Mul', [dy, mask])]]);
  }

  reshape(x: GraphTensor, shape: readonly number[]): GraphTensor {
    const y = this.graph.reshape(x, [x.shape[0] as number, ...shape]);
    return this.#record(y, [[x, (dy) => this.graph.reshape(dy, x.shape)]]);
  }

  add(a: GraphTensor, b: GraphTensor): GraphTensor {
    return this.#record(this.graph.map('AddV2', [a, b]), [
      [a, (dy) => dy],
      [b, (dy) => dy],
    ]);
  }

  #product(a: GraphTensor, transposeA: boolean, b: GraphTensor, transposeB: boolean): GraphTensor {
    const attrs = {
      T: attr.type(this.compute),
      transpose_a: attr.bool(transposeA),
      transpose_b: attr.bool(transposeB),
    };
    const shape = [a.shape[transposeA ? 1 : 0] as number, b.shape[transposeB ? 0 : 1] as number];
    return this.graph.node('MatMul', [a, b], attrs, this.compute, shape);
  }

  /** dY · Wᵀ; through (W · dYᵀ)ᵀ where W is tall and narrow, which is 1.4 times as fast there: W is not packed anew. */
  #inputGradient(dy: GraphTensor, weight: GraphTensor): GraphTensor {
    const [tall = 0, narrow = 0] = weight.shape;
    if (tall < 4096 || narrow > 128) return this.#product(dy, false, weight, true);
    const flipped = this.#product(weight, false, dy, true);
    const attrs = { T: attr.type(flipped.dtype), Tperm: attr.type('int32') };
    const shape = flipped.shape.toReversed();
    return this.graph.node('Transpose', [flipped, this.graph.constant('int32', [1, 0])], attrs, flipped.dtype, shape);
  }

  #narrow(x: GraphTensor): GraphTensor {
    return this.#cast(x, this.compute);
  }

  #cast(x: GraphTensor, dtype: GraphTensor['dtype']): GraphTensor {
    const y = this.graph.cast(x, dtype);
    return y === x ? x : this.#record(y, [[x, (dy) => this.graph.cast(dy, x.dtype)]]);
  }

  #record(y: GraphTensor, inputs: Parameters<Tape['record']>[1]): GraphTensor {
    return this.pass ? this.pass.tape.record(y, inputs) : y;
  }
}

/**
 * The sum of dY over all but the last dimension. In float32 as ones · dY: as BiasAddGrad oneDNN would fold it into the
 * kernel's gradient, which then takes up to a quarter longer; in bfloat16 the folded form is the faster one.
 */
function biasGradient(g: Graph, dy: GraphTensor): GraphTensor {
  const [channels = 0, ...rest] = dy.shape.toReversed();
  const T = attr.type(dy.dtype);
  if (dy.dtype !== 'float' || rest.includes(-1)) {
    return g.node('BiasAddGrad', [dy], { T, data_format: attr.string('NHWC') }, dy.dtype, [channels]);
  }
  const rows = rest.reduce((a, b) => a * b, 1);
  const fill = { T, index_type: attr.type('int32') };
  const ones = g.node('Fill', [g.constant('int32', [1, rows]), g.scalar(1)], fill, 'float', [1, rows]);
  const sum = g.node('MatMul', [ones, g.reshape(dy, [rows, channels])], { T }, 'float', [1, channels]);
  return g.reshape(sum, [channels]);
}

/** Height and width after sliding a window over an image (Keras' rules for `valid` and `same`). */
function windows(
  [, ...size]: readonly number[],
  kernel: readonly number[],
  { strides, padding, dilationRate }: ConvOptions,
): number[] {
  return strides.map((stride, i) => {
    const reach = padding === 'same' ? 1 : ((kernel[i] as number) - 1) * (dilationRate[i] as number) + 1;
    return Math.floor(((size[i] as number) - reach) / stride) + 1;
  });
}

function pooled(x: GraphTensor, options: PoolOptions): number[] {
  const size = windows(x.shape, options.poolSize, { ...options, dilationRate: [1, 1] });
  return [x.shape[0] as number, ...size, x.shape[3] as number];
}

function poolAttrs(x: GraphTensor, { poolSize, strides, padding }: PoolOptions) {
  return {
    T: attr.type(x.dtype),
    ksize: attr.ints([1, ...poolSize, 1]),
    strides: attr.ints([1, ...strides, 1]),
    padding: attr.string(padding.toUpperCase()),
    data_format: attr.string('NHWC'),
  };
}
