import { commandLine } from '../command-line.js';
import { bundledModels } from '../config/bundled.js';
import { UsageError } from '../errors.js';
import { didYouMean } from '../suggest.js';
import type { Command } from './command.js';
import type { Flag } from './define.js';

/** What is known of a command line that yargs refused. */
export interface RefusedLine {
  readonly argv: readonly string[];
  readonly commands: readonly Command[];
  /** The command that was found in it, after the one that it is a part of. */
  readonly path: readonly Command[];
}

/** yargs' complaint as an error that says what to do, with a did-you-mean for commands and flags. */
export function usageError(complaint: string, line: RefusedLine): UsageError {
  const hint =
    line.path.length > 0
      ? `See its flags: ${commandLine(...line.path.map(({ name }) => name), '--help')}`
      : 'See the commands: $0 --help';
  const unknown = /^Unknown (?:command|argument)s?: (.*)$/.exec(complaint)?.[1];
  if (unknown !== undefined) return unknownWords(unknown.split(', '), line, hint);
  const [group, action] = line.path;
  if (complaint.startsWith('Not enough non-option arguments')) {
    if (group !== undefined && action !== undefined && !isNamed(action, line)) {
      const actions = group.subcommands.map(({ name }) => name).join(', ');
      return new UsageError(`which action? fmnist ${group.name} has: ${actions}`, {
        hint: `See what each does: ${commandLine(group.name, '--help')}`,
      });
    }
    return new UsageError(`something is missing: fmnist ${usageOf(line.path)}`, { hint: takenWord(line) ?? hint });
  }
  const missing = /^Missing required arguments?: (.*)$/.exec(complaint)?.[1]?.split(', ');
  if (missing !== undefined) {
    const flags = missing.map((name) => {
      const { values } = line.path.at(-1)?.flags[name] ?? {};
      return `${asFlag(name)}${Array.isArray(values) ? ` (${values.join(', ')})` : ''}`;
    });
    return new UsageError(`${flags.join(' and ')} must be given`, { hint });
  }
  const excluding = /^Arguments (\S+) and (\S+) are mutually exclusive$/.exec(complaint);
  if (excluding !== null) {
    const [, first = '', second = ''] = excluding;
    return new UsageError(`${asFlag(first)} and ${asFlag(second)} do not go together`, {
      hint: 'Leave one of them out.',
    });
  }
  const valueless = /^Not enough arguments following: (.*)$/.exec(complaint)?.[1];
  if (valueless !== undefined) return new UsageError(`${asFlag(valueless)} needs a value`, { hint });
  return new UsageError(complaint, { hint });
}

/** Says so where a flag that may stand alone took the next word for its value. */
function takenWord({ argv, path }: RefusedLine): string | undefined {
  const flags = path.at(-1)?.flags ?? {};
  const taken = argv.flatMap((word, i) => {
    const { type, requiresArg } = flags[word.replace(/^--/, '')] ?? { requiresArg: true };
    const next = argv[i + 1];
    return type === undefined && requiresArg !== true && next?.startsWith('-') === false
      ? [`${word} took "${next}"`]
      : [];
  });
  return taken[0] === undefined ? undefined : `${taken[0]} for its value: put it last.`;
}

function unknownWords(words: readonly string[], line: RefusedLine, hint: string): UsageError {
  // yargs names an unknown flag twice, as typed and in camelCase: only what was typed helps.
  const typed = words.filter((word) => line.argv.some((arg) => arg === word || flagOf(arg) === word));
  const [first = words[0] ?? ''] = typed;
  if (!line.argv.includes(first)) {
    const known = flagNames(line.path.at(-1));
    const flags = typed.map((word) => {
      const suggestion = didYouMean(word, known).replace(/"(.*)"/, (_match, flag: string) => asFlag(flag));
      return `${asTyped(word, line)}${suggestion || (ELSEWHERE[word] ?? '')}`;
    });
    return new UsageError(`there is no flag ${flags.join('; ')}`, { hint });
  }
  const [command, action] = line.path;
  const named = action !== undefined && isNamed(action, line);
  if (command !== undefined && (command.subcommands.length === 0 || named)) {
    return new UsageError(`unexpected argument "${first}"${flagTaking(first, line.path.at(-1))}`, {
      hint: `Usage: fmnist ${usageOf(line.path)} [options]`,
    });
  }
  const names = (command?.subcommands ?? line.commands).map(({ name }) => name);
  const what = command === undefined ? `there is no command "${first}"` : `fmnist ${command.name} has no "${first}"`;
  return new UsageError(`${what}${didYouMean(first, names)}`, {
    hint: command === undefined ? `Commands: ${names.join(', ')}.` : `It has: ${names.join(', ')}.`,
  });
}

/** Whether an action was typed, and not taken since none was. */
function isNamed({ name, aliases }: Command, { argv }: RefusedLine): boolean {
  return [name, ...aliases].some((word) => argv.includes(word));
}

/** What does here what a flag of other programs does there. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  color: ': colours follow the variables NO_COLOR and FORCE_COLOR',
};

/** The flag that takes a word which stands where none is taken. */
function flagTaking(word: string, command: Command | undefined): string {
  const takes = ({ values = [] }: Flag) => (values === 'models' ? bundledModels() : [values].flat()).includes(word);
  const [name] = Object.entries(command?.flags ?? {}).find(([, flag]) => takes(flag)) ?? [];
  return name === undefined ? '' : `. Did you mean ${asFlag(name)} ${word}?`;
}

function usageOf(path: readonly Command[]): string {
  return path.map(({ name, usage }, i) => (i === path.length - 1 ? usage : name)).join(' ');
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

/** An unknown flag as it stands in the line, `--no-` and all. */
function asTyped(name: string, { argv }: RefusedLine): string {
  const typed = argv.find((arg) => flagOf(arg) === name);
  return typed?.startsWith('--no-') ? `--no-${name}` : asFlag(name);
}

function asFlag(name: string): string {
  return name.length === 1 ? `-${name}` : `--${name}`;
}
