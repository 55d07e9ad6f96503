/**
 * βᵗ as Keras has it, in float32: 1 − 0.999ᵗ differs from the exact one by up to 1e-5 of itself, and over 50 steps of the
 * bundled `conv` that grows to 1e-3 of the loss.
 */
export function float32Power(beta: number, t: number): number {
  return Math.fround(Math.fround(beta) ** t);
}

/**
 * √((1 − float32(β₂)) / (1 − β₂)): how much smaller √v is in TensorFlow's Adam kernel, which takes 1 − β₂ in float32, than
 * in Keras, which takes it in float64. Learning rate and ε times this give Keras' steps.
 */
export function kernelScale(beta2: number): number {
  return Math.sqrt((1 - Math.fround(beta2)) / (1 - beta2));
}
