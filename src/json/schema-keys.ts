import * as z from 'zod';

type Path = readonly PropertyKey[];

/** The keys that a schema allows at a path of the raw value: the candidates for an unknown key's did-you-mean. */
export function keysAt(schema: z.core.$ZodType, raw: unknown, path: Path): string[] {
  const found = schemaAt(schema, raw, path);
  const here = found === undefined ? undefined : unwrap(found, at(raw, path));
  return here instanceof z.ZodObject ? Object.keys(here.shape) : [];
}

/** The schema of what stands at a path of the raw value; undefined where there is none. */
export function schemaAt(schema: z.core.$ZodType, raw: unknown, path: Path): z.core.$ZodType | undefined {
  const [head, ...rest] = path;
  if (head === undefined) return unlazy(schema);
  const here = unwrap(schema, raw);
  const child = at(raw, [head]);
  if (here instanceof z.ZodArray) return schemaAt(here.element, child, rest);
  if (here instanceof z.ZodRecord) return schemaAt(here.valueType, child, rest);
  if (here instanceof z.ZodObject && Object.hasOwn(here.shape, head)) {
    return schemaAt(here.shape[String(head)], child, rest);
  }
  return undefined;
}

/** What stands at a path of a parsed JSON value; undefined where there is nothing. */
export function at(raw: unknown, path: Path): unknown {
  return path.reduce<unknown>((value, key) => {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
    return Reflect.get(value, key);
  }, raw);
}

/** The same, and picks a union's option by the raw discriminator. */
function unwrap(schema: z.core.$ZodType, raw: unknown): z.core.$ZodType {
  if (schema instanceof z.ZodDiscriminatedUnion) {
    const { discriminator } = schema.def;
    const tag = at(raw, [discriminator]);
    const option = schema.options.find(
      (candidate) => candidate instanceof z.ZodObject && candidate.shape[discriminator]?.safeParse(tag).success,
    );
    return option ? unwrap(option, raw) : schema;
  }
  const inner = unlazy(schema);
  return inner === schema ? schema : unwrap(inner, raw);
}

/** Looks through defaults, optionals and lazies, and at what a transform takes. */
function unlazy(schema: z.core.$ZodType): z.core.$ZodType {
  if (schema instanceof z.ZodPipe) return unlazy(schema.in);
  const isWrapper =
    schema instanceof z.ZodOptional ||
    schema instanceof z.ZodDefault ||
    schema instanceof z.ZodPrefault ||
    schema instanceof z.ZodLazy;
  return isWrapper ? unlazy(schema.unwrap()) : schema;
}
