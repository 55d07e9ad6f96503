import yargs, { type ArgumentsCamelCase, type Argv } from 'yargs';
import { FmnistError } from '../errors.js';
import type { Command } from './command.js';
import type { Flag } from './define.js';
import { requireEffect, typedFlags } from './effect.js';
import { flagsFromEnvironment } from './environment.js';
import { usageError } from './usage-error.js';

export interface ParseOptions {
  /** In the order of `--help`. */
  readonly commands: readonly Command[];
  readonly version: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** What a command line asks for. */
export interface Invocation {
  readonly command: Command;
  readonly args: ArgumentsCamelCase;
}

/**
 * Reads a command line: flags, with `FMNIST_*` variables under them, and positionals.
 *
 * @returns undefined where the version was asked for, and printed.
 * @throws UsageError
 */
export async function parse(argv: readonly string[], options: ParseOptions): Promise<Invocation | undefined> {
  const { commands } = options;
  let path: readonly Command[] = [];
  let invocation: Invocation | undefined;
  let refusal: FmnistError | undefined;
  const refused = (error: FmnistError) => {
    refusal = error;
  };

  const add = (parser: Argv, command: Command, above: readonly Command[], names: readonly string[]): void => {
    parser.command({
      command: names,
      describe: command.describe,
      builder: (flags: Argv) => {
        path = [...above, command];
        declare(flags, command, refused);
        for (const [i, inner] of command.subcommands.entries()) {
          add(flags, inner, path, [inner.usage, ...inner.aliases, ...(i === 0 ? ['$0'] : [])]);
        }
        if (command.subcommands.length > 0) return flags;
        const typed = typedFlags(argv, command.flags);
        return flags.config(flagsFromEnvironment(command.flags, options.env, typed));
      },
      handler: (args: ArgumentsCamelCase) => {
        invocation = { command, args };
      },
    });
  };

  const parser = yargs([...argv])
    .scriptName('fmnist')
    .parserConfiguration({ 'dot-notation': false, 'duplicate-arguments-array': false })
    .locale('en')
    .help(false)
    .version(options.version)
    .alias('version', 'V')
    .demandCommand(1, 'which command?')
    .strict()
    .exitProcess(false)
    .fail(false);
  for (const command of commands) add(parser, command, [], [command.usage, ...command.aliases]);
  try {
    await parser.parseAsync();
  } catch (error) {
    // yargs throws its own complaints as plain errors, and wraps what a flag's coercion threw.
    if (error instanceof FmnistError) throw error;
    if (refusal?.hint !== undefined) throw refusal;
    const complaint = error instanceof Error ? error.message : String(error);
    throw usageError(complaint, { argv, commands, path });
  }
  if (invocation === undefined) return undefined;
  const { command, args } = invocation;
  requireEffect(typedFlags(argv, command.flags), command.flags, args);
  return { command, args };
}

function declare(flags: Argv, command: Command, refused: (error: FmnistError) => void): void {
  const { positionals, flags: table, subcommands } = command;
  if (subcommands.length > 0) return;
  for (const [name, positional] of Object.entries(positionals)) flags.positional(name, positional);
  const several = Object.entries({ ...positionals, ...table }).flatMap(([name, { array }]) => (array ? [name] : []));
  if (several.length > 0) takeSeveral(flags, several);
  const told = Object.entries(table).map(([name, flag]) => [name, telling(flag, refused)] as const);
  flags.options(Object.fromEntries(told));
}

/** Of what a coercion throws yargs keeps the message alone: this hands on the hint too. */
function telling(flag: Flag, refused: (error: FmnistError) => void): Flag {
  const { coerce } = flag;
  if (coerce === undefined) return flag;
  return {
    ...flag,
    coerce: (value: unknown) => {
      try {
        return coerce(value);
      } catch (error) {
        if (error instanceof FmnistError) refused(error);
        throw error;
      }
    },
  };
}

/**
 * Of repeated flags the last counts, and yargs would take the last of what takes several values likewise: here `names`
 * are those that do.
 */
function takeSeveral(flags: Argv, names: readonly string[]): void {
  flags.parserConfiguration({ 'dot-notation': false, 'duplicate-arguments-array': true }).middleware((args) => {
    for (const [flag, value] of Object.entries(args)) {
      if (!names.includes(flag) && flag !== '_' && Array.isArray(value)) Object.assign(args, { [flag]: value.at(-1) });
    }
  });
}
