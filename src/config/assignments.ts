import { UsageError } from '../errors.js';

type Path = readonly (string | number)[];

/** A value for one place of a config, as `--set path=value` gives it. */
export interface Assignment {
  readonly path: Path;
  /** Parsed JSON; undefined removes the key. */
  readonly value: unknown;
}

/**
 * Reads `optimizer.learningRate=0.01` or `layers.0.filters=64`. What is valid JSON is taken as JSON, anything else as a
 * string, so that `optimizer.type=sgd` needs no quotes; `null` removes the key, which brings its default back.
 *
 * @throws UsageError when there is no `=` or no path before it
 */
export function parseAssignment(text: string): Assignment {
  const [, path, value] = /^([^=]+)=([\s\S]*)$/.exec(text) ?? [];
  if (path === undefined || value === undefined) {
    throw new UsageError(`--set takes path=value, not "${text}"`, { hint: 'For example --set optimizer.type=sgd' });
  }
  return { path: parsePath(path), value: parseValue(value) };
}

/**
 * Keys and indices of `layers.0.filters` or `layers[0].filters`.
 * @throws UsageError for a path with an empty part
 */
export function parsePath(text: string): Path {
  const parts = text
    .trim()
    .replace(/\[(\d+)\]/g, '.$1')
    .split('.');
  if (parts.includes('')) {
    throw new UsageError(`"${text}" is not a path in a config`, { hint: 'A path looks like layers.0.filters.' });
  }
  return parts.map((part) => (/^\d+$/.test(part) ? Number(part) : part));
}

function parseValue(text: string): unknown {
  try {
    return JSON.parse(text) ?? undefined;
  } catch {
    return text;
  }
}

/**
 * A config with the values put in; objects on the way are made where they are missing. Another `type` starts its optimizer,
 * schedule or layer afresh, since the options of the old type are not those of the new one; types are set first, so that
 * the order of the values does not matter. Whether the config knows the path is for its schema to say.
 *
 * @throws UsageError for a path through a number, a text or past the end of a list
 */
export function assignAll(config: unknown, assignments: readonly Assignment[]): unknown {
  const setsType = ({ path }: Assignment) => path.at(-1) === 'type';
  const ordered = [...assignments.filter(setsType), ...assignments.filter((assignment) => !setsType(assignment))];
  return ordered.reduce((soFar, { path, value }) => assign(soFar, path, value, []), config);
}

function assign(parent: unknown, path: Path, value: unknown, above: Path): unknown {
  const [key, ...rest] = path;
  if (key === undefined) return value;
  const here = [...above, key];
  const inner = (child: unknown) => assign(child, rest, value, here);
  if (Array.isArray(parent)) {
    const index = typeof key === 'number' ? key : -1;
    if (index < 0 || index >= parent.length) throw new UsageError(`${show(here)}: ${describeList(above, parent)}`);
    return parent.map((child, i) => (i === index ? inner(child) : child));
  }
  if (parent !== undefined && (typeof parent !== 'object' || parent === null)) {
    throw new UsageError(`${show(here)}: ${show(above)} is ${JSON.stringify(parent)}, which has no parts`);
  }
  // Null prototypes and spreads keep `__proto__` a plain key, which the schema then refuses.
  const { [key]: child, ...others } = { ...parent } as Record<string, unknown>;
  const next = inner(child);
  if (next === undefined) return others;
  const kept = key === 'type' && above.length > 0 && next !== child ? {} : parent;
  return { ...kept, ...Object.fromEntries([[key, next]]) };
}

function describeList(above: Path, { length }: readonly unknown[]): string {
  return `${show(above)} is a list of ${length}, counted from 0`;
}

function show(path: Path): string {
  return path.join('.');
}
