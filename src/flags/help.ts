import { type Command, commandNamed } from './command.js';
import type { Flag, Positional } from './define.js';
import { GROUPS } from './options.js';

/** What asks for help wherever it stands; `-qh` is `-q -h`. */
const ASKING = /^(?:--help|-[a-z]*h)$/;

/**
 * Whose help a command line asks for: a command after those that it is a part of, none for the program's; undefined
 * where it asks for no help.
 *
 * @param argv the words after the program's name
 */
export function helpAskedFor(argv: readonly string[], commands: readonly Command[]): readonly Command[] | undefined {
  const end = argv.indexOf('--');
  const words = end < 0 ? argv : argv.slice(0, end);
  // Whoever types the name alone wants to know what there is; `help train` is known from other programs.
  const isHelp = words[0] === 'help';
  if (argv.length > 0 && !isHelp && !words.some((word) => ASKING.test(word))) return undefined;
  const path: Command[] = [];
  for (const word of words.slice(isHelp ? 1 : 0)) {
    const named = commandNamed(word, path.at(-1)?.subcommands ?? commands);
    if (named !== undefined) path.push(named);
  }
  return path;
}

const ALWAYS = [
  { term: '-h, --help', text: 'Show help' },
  { term: '-V, --version', text: 'Show version numbers' },
];
const ORDER: readonly string[] = Object.values(GROUPS);

/** A page of help: how to call a command, what it does, and sections of what may be typed and what each is for. */
export function helpPage(path: readonly Command[], commands: readonly Command[]) {
  const command = path.at(-1);
  const words = ['fmnist', ...path.slice(0, -1).map(({ name }) => name)];
  if (command === undefined || command.subcommands.length > 0) {
    const group = [...words, ...(command === undefined ? [] : [command.name])].join(' ');
    const rows = (command?.subcommands ?? commands).map(({ usage, describe, aliases }, i) => ({
      term: `${group} ${usage}`,
      text: [
        describe,
        ...aliases.map((alias) => ` (also: ${alias})`),
        ...(command !== undefined && i === 0 ? [` (${group} alone does this)`] : []),
      ].join(''),
    }));
    return page(`${group} <command> [options]`, command ?? PROGRAM, [{ title: 'Commands:', rows }]);
  }
  const positionals = Object.entries(command.positionals).map(([term, positional]) => ({
    term,
    text: textOf(positional),
  }));
  const flags = Object.entries(command.flags);
  const groups = ORDER.map((title) => ({
    title,
    rows: flags
      .filter(([, { group }]) => group === title)
      .map(([name, flag]) => ({ term: termOf(name, flag), text: textOf(flag) })),
  }));
  return page([...words, command.usage, '[options]'].join(' '), command, [
    { title: 'Arguments:', rows: positionals },
    ...groups,
  ]);
}

type Section = { readonly title: string; readonly rows: readonly { readonly term: string; readonly text: string }[] };

/** What stands for a command on the program's own page. */
const PROGRAM = {
  describe: 'Trains convolutional networks on Fashion-MNIST.',
  examples: [
    ['$0 train --model vgg7 --augment', 'Train with 30,000 augmented images besides'],
    ['$0 summary --model conv', 'Show layers, shapes and parameters'],
  ],
} as const;

function page(
  usage: string,
  { describe, examples }: Pick<Command, 'describe' | 'examples'>,
  sections: readonly Section[],
) {
  const known = [...sections, { title: 'Options:', rows: ALWAYS }];
  return { usage, describe, examples, sections: known.filter(({ rows }) => rows.length > 0) };
}

/** `-m, --model …`: the dots stand for a value, in brackets where it may be left out. */
function termOf(name: string, { alias = [], type, requiresArg }: Flag): string {
  const short = [alias].flat().map((letter) => `-${letter}, `);
  const value = type === 'boolean' ? '' : requiresArg === true ? ' …' : ' […]';
  return `${short.join('') || '    '}--${name}${value}`;
}

function textOf(described: Flag | Positional): string {
  const { describe = '', demandOption, default: value, defaultDescription } = described as Flag;
  const isTold = value !== undefined && value !== false && !Array.isArray(value);
  const usual = defaultDescription ?? (isTold ? String(value) : undefined);
  if (demandOption === true) return `${describe} (must be given)`;
  return usual === undefined ? describe : `${describe} (default: ${usual})`;
}
