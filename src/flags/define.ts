import type { ArgumentsCamelCase, Argv, CommandModule } from 'yargs';
import { UsageError } from '../errors.js';
import { didYouMean } from '../suggest.js';

/** What a command's flags are declared on. */
export type Flags<T = object> = Argv<T>;

/** A command as its file writes it: the handler's arguments have the types that the builder declares. */
interface TypedCommand<T> {
  /** Its name and positionals as yargs writes them, e.g. `validate <file>`. */
  readonly command: string;
  readonly describe: string;
  builder(flags: Argv): Argv<T>;
  handler(args: ArgumentsCamelCase<T>): Promise<void>;
}

/** Ties a builder's flags to its handler's arguments, and forgets them for the list in cli.ts. */
export function defineCommand<T>(command: TypedCommand<T>): CommandModule {
  // yargs runs builder and handler as one pair; a list of different pairs has no common type but this.
  return command as unknown as CommandModule;
}

interface Range {
  readonly min: number;
  readonly max?: number;
}

/**
 * A flag that takes a whole number. No yargs type: with one, `abc` arrives as NaN and the message could not say
 * what was typed.
 */
export function wholeNumber<const D extends string>(flag: string, describe: D, range: Range) {
  return numeric(flag, describe, range, Number.isSafeInteger, 'a whole number');
}

/** A flag that takes any number in the range. */
export function realNumber<const D extends string>(flag: string, describe: D, range: Range) {
  return numeric(flag, describe, range, Number.isFinite, 'a number');
}

function numeric(flag: string, describe: string, { min, max }: Range, accepts: (n: number) => boolean, what: string) {
  const coerce = (value: unknown): number | undefined => {
    if (value === undefined) return undefined;
    const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
    if (typeof number === 'number' && accepts(number) && number >= min && number <= (max ?? Infinity)) return number;
    const range = max === undefined ? `from ${min}` : `from ${min} to ${max}`;
    throw new UsageError(`--${flag} must be ${what} ${range}, but is ${JSON.stringify(value)}`);
  };
  return { describe, requiresArg: true, coerce } as const;
}

/** A flag that takes one of a few words. yargs' own `choices` has no did-you-mean. */
export function oneOf<const Choice extends string>(flag: string, describe: string, choices: readonly Choice[]) {
  const coerce = (value: unknown): Choice | undefined => {
    if (value === undefined) return undefined;
    const choice = choices.find((candidate) => candidate === value);
    if (choice !== undefined) return choice;
    const suggestion = didYouMean(String(value), choices);
    throw new UsageError(
      `--${flag} must be one of ${choices.join(', ')}, but is ${JSON.stringify(value)}${suggestion}`,
    );
  };
  return { describe: `${describe}: ${choices.join(', ')}`, requiresArg: true, coerce } as const;
}

/**
 * For a command whose last positional takes several values, called `names`. Elsewhere the last of repeated flags counts, and
 * yargs would take the last of repeated positionals likewise.
 */
export function withSeveral<T>(flags: Flags<T>, names: string): Flags<T> {
  return flags.parserConfiguration({ 'dot-notation': false, 'duplicate-arguments-array': true }).middleware((args) => {
    for (const [flag, value] of Object.entries(args)) {
      if (flag !== names && flag !== '_' && Array.isArray(value)) Object.assign(args, { [flag]: value.at(-1) });
    }
  });
}

/** A flag that takes a text, e.g. a path. */
export function text(describe: string) {
  return { describe, type: 'string', requiresArg: true } as const;
}
