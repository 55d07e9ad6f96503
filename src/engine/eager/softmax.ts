/** Probabilities of logits, both [N, classes], and each row's log-sum-exp, [N]; in double precision. */
export function softmax(logits: Float32Array, classes: number): { probabilities: Float32Array; logSums: Float64Array } {
  const rows = logits.length / classes;
  const probabilities = new Float32Array(logits.length);
  const logSums = new Float64Array(rows);
  for (let row = 0; row < rows; row++) {
    const values = logits.subarray(row * classes, (row + 1) * classes);
    const top = values.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
    const sum = values.reduce((total, value) => total + Math.exp(value - top), 0);
    logSums[row] = top + Math.log(sum);
    values.forEach((value, i) => {
      probabilities[row * classes + i] = Math.exp(value - top) / sum;
    });
  }
  return { probabilities, logSums };
}
