type Numbers = Float32Array | Int32Array | Uint8Array;

/** The parts one after another, in an array of the given type. */
export function concatenated<A extends Numbers>(type: { new (length: number): A }, parts: readonly A[]): A {
  const all = new type(parts.reduce((sum, part) => sum + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    all.set(part, offset);
    offset += part.length;
  }
  return all;
}
