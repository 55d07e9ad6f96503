import { UsageError } from '../errors.js';
import type { FlagTable } from './define.js';

const TRUE = ['1', 'true', 'yes', 'on'];
const FALSE = ['0', 'false', 'no', 'off'];

/** The variable that sets a flag, e.g. `FMNIST_BATCH_SIZE` for `--batch-size`. */
export function variableOf(flag: string): string {
  return `FMNIST_${flag.toUpperCase().replaceAll('-', '_')}`;
}

/**
 * The flags that `FMNIST_*` variables set, e.g. `FMNIST_BATCH_SIZE=64` for `--batch-size`. An empty variable counts as
 * unset. yargs' own `env()` would reject variables of other commands as unknown flags.
 *
 * @throws UsageError when a switch's variable is neither true nor false.
 */
export function flagsFromEnvironment(
  flags: FlagTable,
  env: Readonly<Record<string, string | undefined>>,
): Record<string, string | boolean> {
  const values: Record<string, string | boolean> = {};
  for (const [flag, { type }] of Object.entries(flags)) {
    const variable = variableOf(flag);
    const value = env[variable]?.trim();
    if (value === undefined || value === '') continue;
    values[flag] = type === 'boolean' ? parseSwitch(variable, value) : value;
  }
  return values;
}

function parseSwitch(variable: string, value: string): boolean {
  const word = value.toLowerCase();
  if (TRUE.includes(word)) return true;
  if (FALSE.includes(word)) return false;
  throw new UsageError(`${variable} must be 1 or 0, but is "${value}"`);
}
