import type { Options, PositionalOptions } from 'yargs';
import { UsageError } from '../errors.js';
import { didYouMean } from '../suggest.js';

/** What a flag or positional may be, for completions: these words, or names that are on the disk. */
export type Values = readonly string[] | 'models' | 'runs';

/** A flag as yargs describes it, and what else we know of it. */
export interface Flag extends Options {
  readonly values?: Values;
  /** Why it does nothing beside these other arguments; undefined where it does what it says. */
  readonly idle?: (args: Readonly<Record<string, unknown>>) => string | undefined;
}

/** A positional likewise. */
export interface Positional extends PositionalOptions {
  readonly values?: Values;
}

/** Flags by the names that are typed. */
export type FlagTable = Readonly<Record<string, Flag>>;

interface Range {
  readonly min: number;
  readonly max?: number;
  /** Whether `min` itself is too little. */
  readonly above?: boolean;
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

function numeric(flag: string, describe: string, range: Range, accepts: (n: number) => boolean, what: string) {
  const { min, max = Infinity, above = false } = range;
  const coerce = ifPresent((value): number => {
    const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
    const fits = typeof number === 'number' && accepts(number) && number <= max;
    if (fits && (above ? number > min : number >= min)) return number;
    const most = max === Infinity ? '' : above ? ` and at most ${max}` : ` to ${max}`;
    const limits = `${above ? 'above' : 'from'} ${min}${most}`;
    throw new UsageError(`--${flag} must be ${what} ${limits}, but is ${JSON.stringify(value)}`);
  });
  return { describe, requiresArg: true, coerce } as const;
}

/** A flag that takes one of a few words. yargs' own `choices` has no did-you-mean. */
export function oneOf<const Choice extends string>(flag: string, describe: string, choices: readonly Choice[]) {
  return choice(`--${flag}`, describe, choices);
}

/** The same for a positional, or whatever else messages call it. */
export function choice<const Choice extends string>(name: string, describe: string, choices: readonly Choice[]) {
  const coerce = ifPresent((value): Choice => {
    const known = choices.find((candidate) => candidate === value);
    if (known !== undefined) return known;
    const suggestion = didYouMean(String(value), choices);
    throw new UsageError(`${name} must be one of ${choices.join(', ')}, but is ${JSON.stringify(value)}${suggestion}`);
  });
  return { describe: `${describe}: ${choices.join(', ')}`, requiresArg: true, coerce, values: choices } as const;
}

/** A flag that takes a text, e.g. a path. */
export function text<const D extends string>(describe: D) {
  return { describe, type: 'string', requiresArg: true } as const;
}

/** A flag that names a file to write. By its ending nobody replaces a file of another kind by mistake. */
export function fileOf(flag: string, describe: string, endings: readonly string[]) {
  const coerce = ifPresent((value): string => {
    const file = String(value);
    if (endings.some((ending) => file.toLowerCase().endsWith(ending))) return file;
    throw new UsageError(`--${flag} ${file} must end in ${endings.join(' or ')}`, {
      hint: `For example: --${flag} NAME${endings[0]}`,
    });
  });
  return { describe: `${describe}: ${endings.join(' or ')}`, type: 'string', requiresArg: true, coerce } as const;
}

/** A flag that is there or not. */
export function switched<const D extends string>(describe: D) {
  return { describe, type: 'boolean', default: false } as const;
}

/**
 * yargs calls a coercion for flags that are absent too; its typings add the undefined by themselves. Of a repeated flag the
 * last value counts.
 */
export function ifPresent<T>(parse: (value: unknown) => T): (value: unknown) => T {
  return (value) => (value === undefined ? (undefined as T) : parse(Array.isArray(value) ? value.at(-1) : value));
}

/** A flag that may be repeated, each time with one value. */
export function repeated<const D extends string>(describe: D) {
  return { describe, type: 'string', array: true, nargs: 1, requiresArg: true } as const;
}
