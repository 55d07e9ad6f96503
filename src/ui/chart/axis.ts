/**
 * The label of each row, the top one first, all with as many digits as distinguish neighbouring rows.
 * On a log scale `bottom` and `top` are powers of ten.
 */
export function axisLabels(bottom: number, top: number, rows: number, log: boolean): string[] {
  const at = (row: number) => top - ((top - bottom) * row) / Math.max(1, rows - 1);
  const values = Array.from({ length: rows }, (_, row) => (log ? 10 ** at(row) : at(row)));
  const step = Math.min(
    ...values.slice(1).map((value, i) => Math.abs((values[i] ?? value) - value)),
    Number.POSITIVE_INFINITY,
  );
  const largest = Math.max(...values.map(Math.abs));
  const tiny = log ? 10 ** bottom < 1e-3 : largest < 1e-3;
  if (largest >= 1e5 || tiny || !Number.isFinite(largest)) return values.map((value) => value.toExponential(1));
  const decimals = step > 0 && Number.isFinite(step) ? Math.ceil(-Math.log10(step)) : 2;
  const digits = Math.min(4, Math.max(largest >= 1000 ? 0 : largest >= 10 ? 1 : 2, decimals));
  return values.map((value) => value.toFixed(digits));
}
