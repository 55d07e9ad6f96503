/** A value that several JSON documents have differently. */
export interface Difference {
  /** e.g. `training.batchSize` or `layers[2].units`. */
  readonly path: string;
  /** As JSON, one for each document; undefined where it has none. */
  readonly values: readonly (string | undefined)[];
}

/** Everything in which JSON documents differ, in the order in which it first comes up. */
export function differences(documents: readonly unknown[]): Difference[] {
  const flat = documents.map((document) => {
    const leaves = new Map<string, string>();
    collect(document, '', leaves);
    return leaves;
  });
  const paths = new Set(flat.flatMap((leaves) => [...leaves.keys()]));
  return [...paths]
    .map((path) => ({ path, values: flat.map((leaves) => leaves.get(path)) }))
    .filter(({ values }) => new Set(values).size > 1);
}

function collect(value: unknown, path: string, into: Map<string, string>): void {
  if (value === undefined) return;
  if (typeof value !== 'object' || value === null) {
    into.set(path, JSON.stringify(value));
    return;
  }
  const entries = Object.entries(value);
  if (entries.length === 0) into.set(path, JSON.stringify(value));
  for (const [key, inner] of entries) {
    const step = Array.isArray(value) ? `[${key}]` : path === '' ? key : `.${key}`;
    collect(inner, path + step, into);
  }
}
