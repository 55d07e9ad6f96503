import type { ArgumentsCamelCase, InferredOptionTypes } from 'yargs';
import type { CommandContext } from '../context.js';
import type { FlagTable, Positional } from './define.js';

type PositionalTable = Readonly<Record<string, Positional>>;

/** Command lines, `$0` for the program, and what each does. */
type Examples = readonly (readonly [commandLine: string, describe: string])[];

/** What a command is given: the values of its positionals and flags, by their names in camel case. */
type Arguments<P extends PositionalTable, F extends FlagTable> = ArgumentsCamelCase<
  InferredOptionTypes<P> & InferredOptionTypes<F>
>;

/** A failure that a command has printed already, in its own document of `--json` or as the end of its events. */
export class ToldError extends Error {
  constructor(override readonly cause: Error) {
    super(cause.message);
  }
}

/** A command as its file writes it. */
interface CommandDefinition<P extends PositionalTable, F extends FlagTable> {
  /** Its name and positionals as yargs writes them, e.g. `validate <file>`. */
  readonly usage: string;
  /** Other names. */
  readonly aliases?: readonly string[];
  readonly describe: string;
  readonly positionals?: P;
  readonly flags: F;
  readonly examples: Examples;
  /** @throws ToldError, or any error that is still to be told. */
  run(args: Arguments<P, F>, context: CommandContext): Promise<void>;
}

/** A command whatever its flags are, for the list of all. */
export interface Command {
  readonly name: string;
  readonly usage: string;
  readonly aliases: readonly string[];
  readonly describe: string;
  readonly positionals: PositionalTable;
  readonly flags: FlagTable;
  readonly examples: Examples;
  /** Where it has any, one of them is run; the first where none is named. */
  readonly subcommands: readonly Command[];
  run(args: ArgumentsCamelCase, context: CommandContext): Promise<void>;
}

/** Ties a command's arguments to its flags, and forgets them for the list of all commands. */
export function defineCommand<const P extends PositionalTable, const F extends FlagTable>(
  definition: CommandDefinition<P, F>,
): Command {
  const { usage, aliases = [], describe, positionals = {}, flags, examples, run } = definition;
  return {
    name: nameOf(usage),
    usage,
    aliases,
    describe,
    positionals,
    flags,
    examples,
    subcommands: [],
    // yargs fills the arguments from these very tables: what arrives is what their types say.
    run: (args, context) => run(args as Arguments<P, F>, context),
  };
}

interface GroupDefinition {
  readonly name: string;
  readonly describe: string;
  readonly examples: Examples;
  /** The first is run where none is named. */
  readonly subcommands: readonly [Command, ...Command[]];
}

/** A command that is one of several. */
export function defineGroup({ name, describe, examples, subcommands }: GroupDefinition): Command {
  const [first] = subcommands;
  return { ...first, name, usage: name, aliases: [], describe, examples, subcommands };
}

function nameOf(usage: string): string {
  return usage.split(' ', 1)[0] ?? usage;
}

/** The one of that name, or with it as another. */
export function commandNamed(word: string, commands: readonly Command[]): Command | undefined {
  return commands.find(({ name, aliases }) => name === word || aliases.includes(word));
}
