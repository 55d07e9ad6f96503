import { readFileSync } from 'node:fs';
import { asCalled } from './command-line.js';
import { bundledModels } from './config/bundled.js';
import type { CommandContext } from './context.js';
import { EXIT, FmnistError } from './errors.js';
import { type Command, ToldError } from './flags/command.js';
import { isTrue, unknownVariables, variableOf } from './flags/environment.js';
import { ProcessInterrupts, processContext, watchOutput } from './process.js';

/** In the order of `--help`. Command files load nothing heavy: what they run does. */
const COMMANDS: Readonly<Record<string, () => Promise<{ readonly command: Command }>>> = {
  train: () => import('./commands/train.js'),
  evaluate: () => import('./commands/evaluate.js'),
  predict: () => import('./commands/predict.js'),
  features: () => import('./commands/features.js'),
  export: () => import('./commands/export.js'),
  runs: () => import('./commands/runs.js'),
  report: () => import('./commands/report.js'),
  sweep: () => import('./commands/sweep.js'),
  'find-lr': () => import('./commands/find-lr.js'),
  data: () => import('./commands/data.js'),
  augment: () => import('./commands/augment.js'),
  summary: () => import('./commands/summary.js'),
  validate: () => import('./commands/validate.js'),
  schema: () => import('./commands/schema.js'),
  bench: () => import('./commands/bench.js'),
  'gpu-info': () => import('./commands/gpu-info.js'),
  setup: () => import('./commands/setup.js'),
  cache: () => import('./commands/cache.js'),
  completion: () => import('./commands/completion.js'),
};

/** The command that a line begins with, alone where nothing needs the others: every file costs start-up. */
async function commandsFor([first = '']: readonly string[], env: CommandContext['env']): Promise<Command[]> {
  // Whether a variable of ours sets anything is known by all commands.
  const hasVariables = Object.keys(env).some((name) => name.startsWith('FMNIST_'));
  const isNamed = Object.hasOwn(COMMANDS, first) && !hasVariables;
  const loaders = Object.entries(COMMANDS).filter(([name]) => !isNamed || name === first);
  return Promise.all(loaders.map(async ([, load]) => (await load()).command));
}

/** What the completion scripts ask by, before the program's name and the words: yargs' word for it, which old scripts have. */
const COMPLETE = '--get-yargs-completions';

/**
 * Runs one command line and sets the process's exit code: the only place that does, and the only catch.
 * @param argv the arguments after the program's name
 */
export async function main(argv: readonly string[]): Promise<void> {
  const interrupts = new ProcessInterrupts();
  const context = processContext(interrupts);
  watchOutput(interrupts);
  try {
    await run(argv, context);
  } catch (thrown) {
    const { errorLine, formatError } = await import('./ui/format-error.js');
    const { printJson } = await import('./ui/terminal.js');
    const told = thrown instanceof ToldError;
    const error = told ? thrown.cause : thrown;
    context.stderr.write(formatError(error, context.called));
    if (!told && wantsJson(argv, context.env)) printJson(context.stdout, errorLine(error, context.called));
    process.exitCode = error instanceof FmnistError ? error.exitCode : EXIT.unexpected;
  }
}

async function run(argv: readonly string[], context: CommandContext): Promise<void> {
  const { env, stdout } = context;
  if (argv[0] === '--version' || argv[0] === '-V') return printVersions(argv.includes('--json'), context);
  if (argv[0] === COMPLETE) return printCompletions(argv.slice(2), context);
  const { parse } = await import('./flags/parse.js');
  const commands = await commandsFor(argv, env);
  const columns = Math.min(stdout.columns ?? (Number(env.COLUMNS) || 80), 110);
  // Whoever types the name alone wants to know what there is.
  const invocation = await parse(argv.length === 0 ? ['--help'] : argv, {
    commands,
    version: version(),
    env,
    columns,
    called: context.called,
  });
  if (invocation === undefined) return;
  for (const odd of unknownVariables(env, commands)) context.warn(odd);
  await invocation.command.run(invocation.args, context);
}

async function printVersions(json: boolean, context: CommandContext): Promise<void> {
  const { installedEngines } = await import('./app/version.js');
  const { printJson } = await import('./ui/terminal.js');
  const { versions, platform, arch } = process;
  const known = { fmnist: version(), node: versions.node, platform, arch, engines: await installedEngines() };
  if (json) return printJson(context.stdout, known);
  const { renderVersions } = await import('./ui/version.js');
  context.stdout.write(asCalled(renderVersions(known), context.called));
}

/** Whether a program reads stdout, as far as a command line shows it that may be wrong. */
function wantsJson(argv: readonly string[], env: CommandContext['env']): boolean {
  return argv.includes('--json') || isTrue(env[variableOf('json')]);
}

/** Prints what may complete the words of a command line, one a line; with what each is for zsh (see completion-scripts). */
async function printCompletions(words: readonly string[], { env, stdout }: CommandContext): Promise<void> {
  const { completions } = await import('./flags/complete.js');
  const { listRunNames } = await import('./runs/names.js');
  const found = await completions(words, await commandsFor([], env), {
    env,
    models: bundledModels,
    runs: listRunNames,
  });
  const described = env.SHELL?.endsWith('zsh') === true;
  const lines = found.map(({ word, describe }) => (described ? `${word.replaceAll(':', '\\:')}:${describe}` : word));
  stdout.write(lines.map((line) => `${line}\n`).join(''));
}

function version(): string {
  const text = readFileSync(new URL('../package.json', import.meta.url), 'utf8');
  // Our own file: it has a version.
  return (JSON.parse(text) as { version: string }).version;
}
