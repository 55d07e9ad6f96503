import { noEffect } from '../errors.js';
import type { FlagTable } from './define.js';

/**
 * The flags of a table that stand on a command line themselves, and are not set by variables or defaults.
 *
 * @param argv the words after the program's name
 */
export function typedFlags(argv: readonly string[], flags: FlagTable): Set<string> {
  const end = argv.indexOf('--');
  const words = end < 0 ? argv : argv.slice(0, end);
  const typed = words.flatMap((word) => {
    const long = /^--(?:no-)?([^=]+)/.exec(word)?.[1];
    // `-qr last` is `-q -r last`.
    return long === undefined ? [...(/^-([a-z]+)/i.exec(word)?.[1] ?? '')] : [long];
  });
  const names = Object.entries(flags).flatMap(([name, { alias = [] }]) =>
    [name, ...[alias].flat()].map((word) => [word, name] as const),
  );
  const nameOf = new Map(names);
  return new Set(typed.flatMap((word) => nameOf.get(word) ?? []));
}

/** @throws UsageError for the first of the flags that does nothing beside the others */
export function requireEffect(typed: ReadonlySet<string>, flags: FlagTable, args: Readonly<Record<string, unknown>>) {
  for (const name of typed) {
    const why = flags[name]?.idle?.(args);
    if (why !== undefined) throw noEffect(name, why);
  }
}
