import * as tf from './tf.js';

/**
 * Scales all gradients by min(1, limit / global L2 norm) (Pascanu et al. 2013). A norm that is not finite makes them
 * NaN, so that divergence shows.
 */
export function clipByGlobalNorm(gradients: ReadonlyMap<string, tf.Tensor>, limit: number): Map<string, tf.Tensor> {
  const squares = [...gradients.values()].map((gradient) => tf.sum(tf.square(gradient)));
  const norm = tf.sqrt(tf.addN(squares));
  const scale = tf.add(tf.minimum(tf.div(limit, norm), 1), tf.sub(norm, norm));
  return new Map([...gradients].map(([name, gradient]) => [name, tf.mul(gradient, scale)]));
}
