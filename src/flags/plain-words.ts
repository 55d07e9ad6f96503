import { DEV_STDIN } from '../files/standard-input.js';
import type { Command } from './command.js';

/**
 * A command line as yargs takes it. `-mvgg7` becomes `-m vgg7`, where yargs sees five flags; `-` that is no flag's value
 * becomes `/dev/stdin`, where it loses the word.
 *
 * @param argv the words after the program's name
 */
export function plainWords(argv: readonly string[], commands: readonly Command[]): string[] {
  const takers = new Set(commands.flatMap(valueFlags));
  const end = argv.indexOf('--');
  const words = end < 0 ? argv : argv.slice(0, end);
  const plain = words.flatMap((word, i) => {
    if (word === '-') return [takers.has(words[i - 1] ?? '') ? word : DEV_STDIN];
    const [, letter = '', value = ''] = /^(-[a-z])([^=].*)$/i.exec(word) ?? [];
    return takers.has(letter) ? [letter, value] : [word];
  });
  return [...plain, ...argv.slice(words.length)];
}

/** The flags of a command and its subcommands that take a value, as they are typed. */
function valueFlags({ flags, subcommands }: Command): string[] {
  const own = Object.entries(flags).flatMap(([name, { alias = [], type }]) =>
    type === 'boolean' ? [] : [`--${name}`, ...[alias].flat().map((letter) => `-${letter}`)],
  );
  return [...own, ...subcommands.flatMap(valueFlags)];
}
