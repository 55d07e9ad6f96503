import { UsageError } from '../errors.js';
import { didYouMean } from '../suggest.js';
import type { Command } from './command.js';
import type { FlagTable } from './define.js';

type Environment = Readonly<Record<string, string | undefined>>;

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
 * @param typed flags of the command line itself, which go over them
 * @throws UsageError naming the variable whose value the flag does not take
 */
export function flagsFromEnvironment(
  flags: FlagTable,
  env: Environment,
  typed: ReadonlySet<string>,
): Record<string, string | boolean> {
  const values: Record<string, string | boolean> = {};
  for (const [flag, { type, coerce }] of Object.entries(flags)) {
    const variable = variableOf(flag);
    const value = env[variable]?.trim();
    if (value === undefined || value === '' || typed.has(flag)) continue;
    values[flag] = type === 'boolean' ? parseSwitch(variable, value) : value;
    try {
      coerce?.(values[flag]);
    } catch (error) {
      if (!(error instanceof UsageError)) throw error;
      const { message, hint } = error;
      throw new UsageError(message.replace(`--${flag}`, variable), hint === undefined ? {} : { hint });
    }
  }
  return values;
}

/** `FMNIST_*` variables that set no flag of any command, each with what was perhaps meant. */
export function unknownVariables(env: Environment, commands: readonly Command[]): string[] {
  const known = commands
    .flatMap((command) => [command, ...command.subcommands])
    .flatMap(({ flags }) => Object.keys(flags).map(variableOf));
  return Object.keys(env)
    .filter((name) => name.startsWith('FMNIST_') && !known.includes(name))
    .map((name) => `no flag is set by ${name}${didYouMean(name, known)}`);
}

/** Whether a switch's variable is on. */
export function isTrue(value = ''): boolean {
  return TRUE.includes(value.trim().toLowerCase());
}

function parseSwitch(variable: string, value: string): boolean {
  const word = value.toLowerCase();
  if (TRUE.includes(word)) return true;
  if (FALSE.includes(word)) return false;
  throw new UsageError(`${variable} must be 1 or 0, but is "${value}"`);
}
