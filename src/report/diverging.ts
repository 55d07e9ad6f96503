/** Blue, white and red of ColorBrewer's RdBu, whose ends every kind of colour vision tells apart. */
const NEGATIVE = [33, 102, 172] as const;
const ZERO = [247, 247, 247] as const;
const POSITIVE = [178, 24, 43] as const;

/** Values as colours, [N, 3] bytes: blue below zero, white at it, red above, the largest size in full colour. */
export function diverging(values: Float32Array, largest = largestSize(values)): Uint8Array {
  const colours = new Uint8Array(values.length * 3);
  values.forEach((value, i) => {
    const share = Math.min(1, Math.abs(value) / (largest || 1));
    const end = value < 0 ? NEGATIVE : POSITIVE;
    for (let c = 0; c < 3; c++)
      colours[i * 3 + c] = Math.round((ZERO[c] ?? 0) + ((end[c] ?? 0) - (ZERO[c] ?? 0)) * share);
  });
  return colours;
}

export function largestSize(values: Float32Array): number {
  return values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
}
