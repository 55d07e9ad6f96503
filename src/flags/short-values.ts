import type { Command } from './command.js';

/**
 * `-mvgg7` as `-m vgg7`: other programs take it so, and yargs takes it for five flags.
 *
 * @param argv the words after the program's name
 */
export function shortValuesApart(argv: readonly string[], commands: readonly Command[]): string[] {
  const takers = new Set(commands.flatMap(valueLetters));
  const end = argv.indexOf('--');
  return argv.flatMap((word, i) => {
    const [, letter = '', value = ''] = /^-([a-z])([^=].*)$/i.exec(word) ?? [];
    return takers.has(letter) && (end < 0 || i < end) ? [`-${letter}`, value] : [word];
  });
}

/** The short flags of a command and its subcommands that take a value. */
function valueLetters({ flags, subcommands }: Command): string[] {
  const own = Object.values(flags).flatMap(({ alias = [], type }) => (type === 'boolean' ? [] : [alias].flat()));
  return [...own, ...subcommands.flatMap(valueLetters)];
}
