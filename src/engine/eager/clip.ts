import * as tf from './tf.js';

/**
 * Scales all gradients by min(1, limit / global L2 norm) (Pascanu et al. 2013). A norm that is not finite makes them
 * NaN, so that divergence shows.
 */
export function clipByGlobalNorm(gradients: readonly tf.Tensor[], limit: number): tf.Tensor[] {
  const squares = gradients.map((gradient) => tf.sum(tf.square(gradient)));
  const norm = tf.sqrt(tf.addN(squares));
  const scale = tf.add(tf.minimum(tf.div(limit, norm), 1), tf.sub(norm, norm));
  return gradients.map((gradient) => tf.mul(gradient, scale));
}
