import { UsageError } from '../errors.js';
import { didYouMean } from '../suggest.js';
import type { Command } from './command.js';

/** What is known of a command line that yargs refused. */
export interface RefusedLine {
  readonly argv: readonly string[];
  readonly commands: readonly Command[];
  /** The one that was found in it. */
  readonly command: Command | undefined;
}

/** yargs' complaint as an error that says what to do, with a did-you-mean for commands and flags. */
export function usageError(complaint: string, line: RefusedLine): UsageError {
  const hint = line.command
    ? `fmnist ${line.command.name} --help shows its flags.`
    : 'fmnist --help lists the commands.';
  const unknown = /^Unknown (?:command|argument)s?: (.*)$/.exec(complaint)?.[1];
  if (unknown !== undefined) return unknownWords(unknown.split(', '), line, hint);
  if (complaint.startsWith('Not enough non-option arguments')) {
    return new UsageError(`something is missing: fmnist ${line.command?.usage}`, { hint });
  }
  const valueless = /^Not enough arguments following: (.*)$/.exec(complaint)?.[1];
  if (valueless !== undefined) return new UsageError(`${asFlag(valueless)} needs a value`, { hint });
  return new UsageError(complaint, { hint });
}

function unknownWords(words: readonly string[], line: RefusedLine, hint: string): UsageError {
  // yargs names an unknown flag twice, as typed and in camelCase: only what was typed helps.
  const typed = words.filter((word) => line.argv.some((arg) => arg === word || flagOf(arg) === word));
  const [first = words[0] ?? ''] = typed;
  if (!line.argv.includes(first)) {
    const flags = typed.map((word) => {
      const suggestion = didYouMean(word, flagNames(line.command)).replace(/"(.*)"/, (_match, flag: string) =>
        asFlag(flag),
      );
      return `${asFlag(word)}${suggestion}`;
    });
    return new UsageError(`there is no flag ${flags.join('; ')}`, { hint });
  }
  if (line.command !== undefined) {
    return new UsageError(`unexpected argument "${first}"`, { hint: `Usage: fmnist ${line.command.usage} [options]` });
  }
  const names = line.commands.map(({ name }) => name);
  return new UsageError(`there is no command "${first}"${didYouMean(first, names)}`, {
    hint: `Commands: ${names.join(', ')}.`,
  });
}

/** Each flag as it may be typed, the short ones too. */
function flagNames(command: Command | undefined): string[] {
  const flags = Object.entries(command?.flags ?? {}).flatMap(([name, { alias = [] }]) => [name, ...[alias].flat()]);
  return [...flags, 'help', 'version'];
}

/** `--epochs=3` → `epochs`; undefined for what is no flag. */
function flagOf(arg: string): string | undefined {
  return /^--?(?:no-)?([^=]+)/.exec(arg)?.[1];
}

function asFlag(name: string): string {
  return name.length === 1 ? `-${name}` : `--${name}`;
}
