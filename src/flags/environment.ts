import type { Argv } from 'yargs';
import { UsageError } from '../errors.js';

/** What yargs knows of a command's flags; its typings leave `getOptions` out. */
interface DeclaredFlags {
  readonly key: Readonly<Record<string, unknown>>;
  readonly boolean: readonly string[];
  readonly alias: Readonly<Record<string, readonly string[]>>;
}

export function declaredFlags(flags: Argv<object>): DeclaredFlags {
  return (flags as unknown as { getOptions(): DeclaredFlags }).getOptions();
}

const TRUE = ['1', 'true', 'yes', 'on'];
const FALSE = ['0', 'false', 'no', 'off'];

/**
 * The declared flags that `FMNIST_*` variables set, e.g. `FMNIST_BATCH_SIZE=64` for `--batch-size`. An empty
 * variable counts as unset. yargs' own `env()` would reject variables of other commands as unknown flags.
 * @throws UsageError when a switch's variable is neither true nor false.
 */
export function flagsFromEnvironment(
  flags: DeclaredFlags,
  env: Readonly<Record<string, string | undefined>>,
): Record<string, string | boolean> {
  const values: Record<string, string | boolean> = {};
  for (const flag of Object.keys(flags.key)) {
    const variable = `FMNIST_${flag.toUpperCase().replaceAll('-', '_')}`;
    const value = env[variable]?.trim();
    if (value === undefined || value === '' || flag === 'help' || flag === 'version') continue;
    values[flag] = flags.boolean.includes(flag) ? parseSwitch(variable, value) : value;
  }
  return values;
}

function parseSwitch(variable: string, value: string): boolean {
  const word = value.toLowerCase();
  if (TRUE.includes(word)) return true;
  if (FALSE.includes(word)) return false;
  throw new UsageError(`${variable} must be 1 or 0, but is "${value}"`);
}
