import { command as augment } from './commands/augment.js';
import { command as bench } from './commands/bench.js';
import { command as cache } from './commands/cache.js';
import { command as completion } from './commands/completion.js';
import { command as data } from './commands/data.js';
import { command as evaluate } from './commands/evaluate.js';
import { command as exportModel } from './commands/export.js';
import { command as features } from './commands/features.js';
import { command as findLr } from './commands/find-lr.js';
import { command as gpuInfo } from './commands/gpu-info.js';
import { command as init } from './commands/init.js';
import { command as predict } from './commands/predict.js';
import { command as report } from './commands/report.js';
import { command as runs } from './commands/runs.js';
import { command as schema } from './commands/schema.js';
import { command as setup } from './commands/setup.js';
import { command as summary } from './commands/summary.js';
import { command as sweep } from './commands/sweep.js';
import { command as train } from './commands/train.js';
import { command as validate } from './commands/validate.js';
import { command as worker } from './commands/worker.js';
import { bundledModels } from './config/bundled.js';
import type { CommandContext } from './context.js';
import { EXIT, FmnistError, StoppedError } from './errors.js';
import { type Command, ToldError } from './flags/command.js';
import { isTrue, unknownVariables, variableOf } from './flags/environment.js';
import { helpAskedFor, helpPage } from './flags/help.js';
import { plainWords } from './flags/plain-words.js';
import { packageVersion } from './package.js';
import { ProcessInterrupts, processContext, watchOutput } from './process.js';

/** In the order of `--help`. A command's file holds its flags, and loads nothing heavy: what it runs does. */
const COMMANDS: readonly Command[] = [
  train,
  evaluate,
  predict,
  features,
  exportModel,
  runs,
  report,
  sweep,
  worker,
  init,
  findLr,
  data,
  augment,
  summary,
  validate,
  schema,
  bench,
  gpuInfo,
  setup,
  cache,
  completion,
];

/** The command that a line begins with, alone where nothing needs the others: yargs takes its time for each. */
function commandsFor([first]: readonly string[], env: CommandContext['env']): readonly Command[] {
  // Whether a variable of ours sets anything is known by all commands.
  if (Object.keys(env).some((name) => name.startsWith('FMNIST_'))) return COMMANDS;
  const named = COMMANDS.filter(({ name }) => name === first);
  return named.length > 0 ? named : COMMANDS;
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
    const { printJson, terminalLine } = await import('./ui/terminal.js');
    const told = thrown instanceof ToldError;
    const error = told ? thrown.cause : thrown;
    const json = wantsJson(argv, context.env);
    // Of a run that was asked to stop its reporter has said so; of what it says on stdout perhaps nobody has heard.
    const isSaid = told && error instanceof StoppedError && (json || !interrupts.outputLost);
    if (!isSaid) context.stderr.write(formatError(error, context.called, terminalLine(context.stderr)));
    if (!told && json) printJson(context.stdout, errorLine(error, context.called));
    process.exitCode = error instanceof FmnistError ? error.exitCode : EXIT.unexpected;
  }
}

async function run(typed: readonly string[], context: CommandContext): Promise<void> {
  const { env } = context;
  if (typed[0] === '--version' || typed[0] === '-V') return printVersions(typed.includes('--json'), context);
  if (typed[0] === COMPLETE) return printCompletions(typed.slice(2), context);
  const argv = plainWords(typed, COMMANDS);
  const help = helpAskedFor(argv, COMMANDS);
  if (help !== undefined) return printHelp(help, context);
  const { parse } = await import('./flags/parse.js');
  const commands = commandsFor(argv, env);
  const invocation = await parse(argv, { commands, version: packageVersion(), env });
  if (invocation === undefined) return;
  for (const odd of unknownVariables(env, commands)) context.warn(odd);
  await invocation.command.run(invocation.args, context);
}

/** Lines of help longer than this are hard to read. */
const HELP_COLUMNS = 110;

async function printHelp(path: readonly Command[], { stdout, env, called }: CommandContext): Promise<void> {
  const { renderHelp } = await import('./ui/help.js');
  const { terminalWidth } = await import('./ui/terminal.js');
  const width = Math.min(terminalWidth(stdout, env), HELP_COLUMNS);
  const lines = renderHelp(helpPage(path, COMMANDS), called, width);
  stdout.write(`${lines.join('\n')}\n`);
}

async function printVersions(json: boolean, context: CommandContext): Promise<void> {
  const { installedEngines } = await import('./app/version.js');
  const { printJson, printLines, terminalLine } = await import('./ui/terminal.js');
  const { versions, platform, arch } = process;
  const known = { fmnist: packageVersion(), node: versions.node, platform, arch, engines: await installedEngines() };
  if (json) return printJson(context.stdout, known);
  const { renderVersions } = await import('./ui/version.js');
  printLines(context, renderVersions(known, terminalLine(context.stdout)));
}

/** Whether a program reads stdout, as far as a command line shows it that may be wrong. */
function wantsJson(argv: readonly string[], env: CommandContext['env']): boolean {
  return argv.includes('--json') || isTrue(env[variableOf('json')]);
}

/** Prints what may complete the words of a command line, one a line; with what each is for zsh (see completion-scripts). */
async function printCompletions(words: readonly string[], { env, stdout }: CommandContext): Promise<void> {
  const { completions } = await import('./flags/complete.js');
  const { listRunNames } = await import('./runs/names.js');
  const found = await completions(words, COMMANDS, {
    env,
    models: bundledModels,
    runs: listRunNames,
  });
  const described = env.SHELL?.endsWith('zsh') === true;
  const lines = found.map(({ word, describe }) => (described ? `${word.replaceAll(':', '\\:')}:${describe}` : word));
  stdout.write(lines.map((line) => `${line}\n`).join(''));
}
