import { type Command, commandNamed } from './command.js';
import type { Flag, Values } from './define.js';
import { variableOf } from './environment.js';

/** What may stand at the end of a command line. */
export interface Completion {
  readonly word: string;
  readonly describe: string;
}

/** What only the disk knows. */
export interface CompletionSources {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Names of the bundled models. */
  models(): readonly string[];
  /** Names of the runs in a folder. */
  runs(runsDir: string): Promise<readonly string[]>;
}

/**
 * What completes the last of the words (the others stand after the program's name): commands, flags, and the values of
 * both where they are known. Nothing where it may be any file, which the shell completes.
 */
export async function completions(
  words: readonly string[],
  commands: readonly Command[],
  sources: CompletionSources,
): Promise<Completion[]> {
  const before = words.slice(0, -1);
  const current = words.at(-1) ?? '';
  const offered = await offers(before, current, commands, sources);
  return offered.filter(({ word }) => word.startsWith(current));
}

async function offers(
  before: readonly string[],
  current: string,
  commands: readonly Command[],
  sources: CompletionSources,
): Promise<Completion[]> {
  const { command, positionals } = commandOf(before, commands);
  if (command === undefined) return commands.map(asCompletion);
  // bash takes `--device=` apart, and the value is a word of its own.
  const flag = flagNamed(before.at(-1) === '=' ? before.at(-2) : before.at(-1), command);
  if (flag !== undefined && flag.type !== 'boolean') return valuesOf(flag.values, before, sources);
  if (current.startsWith('-')) {
    return Object.entries(command.flags)
      .map(([name, { describe }]) => asCompletion({ name: `--${name}`, describe }))
      .filter(({ word }) => !before.includes(word));
  }
  const described = Object.values(command.positionals);
  const position = described[positionals] ?? described.findLast(({ array }) => array === true);
  const values = await valuesOf(position?.values, before, sources);
  const unused = position?.array === true ? values.filter(({ word }) => !before.includes(word)) : values;
  return positionals === 0 ? [...command.subcommands.map(asCompletion), ...unused] : unused;
}

/** The command that words name, and how many positionals follow. */
function commandOf(words: readonly string[], commands: readonly Command[]) {
  let command: Command | undefined;
  let positionals = 0;
  for (const [i, word] of words.entries()) {
    const isValue = command !== undefined && takesValue(flagNamed(words[i - 1], command));
    if (word.startsWith('-') || word === '=' || isValue) continue;
    const inner: Command | undefined = commandNamed(word, command?.subcommands ?? commands);
    if (inner !== undefined && positionals === 0) command = inner;
    else positionals++;
  }
  return { command, positionals };
}

function takesValue(flag: Flag | undefined): boolean {
  return flag !== undefined && flag.type !== 'boolean';
}

function flagNamed(word: string | undefined, { flags }: Command): Flag | undefined {
  const name = /^--?(.+)$/.exec(word ?? '')?.[1];
  if (name === undefined) return undefined;
  return flags[name] ?? Object.values(flags).find(({ alias = [] }) => [alias].flat().includes(name));
}

async function valuesOf(values: Values | undefined, words: readonly string[], sources: CompletionSources) {
  if (values === undefined) return [];
  if (values === 'models') return sources.models().map((name) => asCompletion({ name, describe: 'bundled model' }));
  if (values !== 'runs') return values.map((name) => asCompletion({ name }));
  const typed = words.indexOf('--runs-dir');
  const runsDir = (typed < 0 ? sources.env[variableOf('runs-dir')] : words[typed + 1]) || 'runs';
  const names = [...(await sources.runs(runsDir))].reverse();
  return [
    asCompletion({ name: 'last', describe: 'the newest run' }),
    ...names.map((name) => asCompletion({ name, describe: `run in ${runsDir}` })),
  ];
}

function asCompletion({ name, describe = '' }: { readonly name: string; readonly describe?: string | undefined }) {
  return { word: name, describe };
}
