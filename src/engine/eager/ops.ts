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
import { batchStatistics, moveStatistic, normalise } from './batch-norm.js';
import { conv2d } from './conv2d.js';
import { depthwiseConv2d } from './depthwise-conv2d.js';
import { dropoutMask } from './dropout.js';
import type { TrainingPass } from './pass.js';
import { avgPool, globalMaxPool, maxPool } from './pooling.js';
import * as tf from './tf.js';

/** Runs each operation at once in tfjs, whose tape differentiates them. */
export class EagerOps implements Ops<tf.Tensor> {
  readonly training: boolean;

  constructor(
    private readonly pass?: TrainingPass,
    readonly observe?: (layer: string, output: tf.Tensor) => tf.Tensor,
  ) {
    this.training = pass !== undefined;
  }

  conv2d(x: tf.Tensor, kernel: tf.Tensor, options: ConvOptions): tf.Tensor {
    return conv2d(rank4(x), rank4(kernel), options);
  }

  depthwiseConv2d(x: tf.Tensor, kernel: tf.Tensor, options: DepthwiseOptions): tf.Tensor {
    return depthwiseConv2d(rank4(x), rank4(kernel), options);
  }

  biasAdd(x: tf.Tensor, bias: tf.Tensor): tf.Tensor {
    return tf.add(x, bias);
  }

  matMul(x: tf.Tensor, kernel: tf.Tensor): tf.Tensor {
    return tf.matMul(x, kernel);
  }

  activation(x: tf.Tensor, kind: Activation): tf.Tensor {
    return ACTIVATIONS[kind](x);
  }

  maxPool(x: tf.Tensor, options: PoolOptions): tf.Tensor {
    return maxPool(rank4(x), options);
  }

  avgPool(x: tf.Tensor, options: PoolOptions): tf.Tensor {
    return avgPool(rank4(x), options);
  }

  globalAvgPool(x: tf.Tensor): tf.Tensor {
    return tf.mean(x, [1, 2]);
  }

  globalMaxPool(x: tf.Tensor): tf.Tensor {
    return globalMaxPool(x);
  }

  batchNorm(x: tf.Tensor, weights: BatchNormWeights<tf.Tensor>, options: BatchNormOptions): tf.Tensor {
    const { movingMean, movingVariance } = weights;
    if (!this.pass) return normalise(x, { mean: movingMean, variance: movingVariance }, weights, options);
    const batch = batchStatistics(x);
    this.pass.update(movingMean, moveStatistic(movingMean, batch.mean, options.momentum));
    this.pass.update(movingVariance, moveStatistic(movingVariance, batch.variance, options.momentum));
    return normalise(x, batch, weights, options);
  }

  dropout(x: tf.Tensor, rate: number, name: string, noiseShape: Shape = x.shape.slice(1)): tf.Tensor {
    if (!this.pass) return x;
    const { seed, step } = this.pass;
    return tf.mul(x, dropoutMask([x.shape[0] ?? 1, ...noiseShape], rate, { seed, layer: name, step }));
  }

  reshape(x: tf.Tensor, shape: Shape): tf.Tensor {
    return tf.reshape(x, [x.shape[0] as number, ...shape]);
  }

  add(a: tf.Tensor, b: tf.Tensor): tf.Tensor {
    return tf.add(a, b);
  }

  mul(a: tf.Tensor, b: tf.Tensor): tf.Tensor {
    return tf.mul(a, b);
  }
}

/** The layers' shapes are checked when the model is built; tfjs wants the rank in the type. */
function rank4(x: tf.Tensor): tf.Tensor4D {
  return x as tf.Tensor4D;
}
