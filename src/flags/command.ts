import type { ArgumentsCamelCase, InferredOptionTypes, PositionalOptions } from 'yargs';
import type { FlagTable } from './define.js';

type PositionalTable = Readonly<Record<string, PositionalOptions>>;

/** What a command is given: the values of its positionals and flags, by their names in camel case. */
type Arguments<P extends PositionalTable, F extends FlagTable> = ArgumentsCamelCase<
  InferredOptionTypes<P> & InferredOptionTypes<F>
>;

/** A command as its file writes it. */
interface CommandDefinition<P extends PositionalTable, F extends FlagTable> {
  /** Its name and positionals as yargs writes them, e.g. `validate <file>`. */
  readonly usage: string;
  readonly describe: string;
  readonly positionals?: P;
  readonly flags: F;
  /** Command lines, `$0` for the program, and what each does. */
  readonly examples: readonly (readonly [commandLine: string, describe: string])[];
  run(args: Arguments<P, F>): Promise<void>;
}

/** A command whatever its flags are, for the list of all. */
export interface Command {
  readonly name: string;
  readonly usage: string;
  readonly describe: string;
  readonly positionals: PositionalTable;
  readonly flags: FlagTable;
  readonly examples: readonly (readonly [commandLine: string, describe: string])[];
  run(args: ArgumentsCamelCase): Promise<void>;
}

/** Ties a command's arguments to its flags, and forgets them for the list of all commands. */
export function defineCommand<const P extends PositionalTable, const F extends FlagTable>(
  definition: CommandDefinition<P, F>,
): Command {
  const { usage, describe, positionals = {}, flags, examples, run } = definition;
  const name = usage.split(' ', 1)[0] ?? usage;
  // yargs fills the arguments from these very tables: what arrives is what their types say.
  return { name, usage, describe, positionals, flags, examples, run: (args) => run(args as Arguments<P, F>) };
}
