/** A value that several JSON documents have differently. */
export interface Difference {
  /** e.g. `training.batchSize` or `layers[2].units`. */
  readonly path: string;
  /** As JSON, one for each document; undefined where it has none. */
  readonly values: readonly (string | undefined)[];
}

export interface DifferenceOptions {
  /** How a block that some documents lack is told: by each of its values (default), or as one difference. */
  readonly missing?: 'values' | 'block';
}

/** Everything in which JSON documents differ, in the order in which it first comes up. */
export function differences(documents: readonly unknown[], { missing = 'values' }: DifferenceOptions = {}) {
  const compare = (values: readonly unknown[], path: string): Difference[] => {
    const blocks = missing === 'values' ? values.filter((value) => value !== undefined) : values;
    if (blocks.length > 0 && blocks.every(isBlock)) {
      const keys = new Set(blocks.flatMap((block) => Object.keys(block)));
      const list = blocks.every(Array.isArray);
      return [...keys].flatMap((key) =>
        compare(
          values.map((value) => own(value, key)),
          list ? `${path}[${key}]` : path === '' ? key : `${path}.${key}`,
        ),
      );
    }
    // What the typings leave out: undefined has no JSON.
    const texts = values.map((value) => JSON.stringify(value) as string | undefined);
    return new Set(texts).size > 1 ? [{ path, values: texts }] : [];
  };
  return compare(documents, '');
}

/** An object or list with something in it. */
function isBlock(value: unknown): value is object {
  return typeof value === 'object' && value !== null && Object.keys(value).length > 0;
}

/** What a block has under this key itself: `__proto__` is a key like any other. */
function own(value: unknown, key: string): unknown {
  return isBlock(value) && Object.hasOwn(value, key) ? Reflect.get(value, key) : undefined;
}
