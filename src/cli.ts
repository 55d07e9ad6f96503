import { readFileSync } from 'node:fs';
import yargs, { type Argv, type CommandModule } from 'yargs';
import { command as augment } from './commands/augment.js';
import { command as bench } from './commands/bench.js';
import { command as completion } from './commands/completion.js';
import { command as data } from './commands/data.js';
import { command as evaluate } from './commands/evaluate.js';
import { command as gpuInfo } from './commands/gpu-info.js';
import { command as predict } from './commands/predict.js';
import { command as runs } from './commands/runs.js';
import { command as setup } from './commands/setup.js';
import { command as summary } from './commands/summary.js';
import { command as train } from './commands/train.js';
import { command as validate } from './commands/validate.js';
import { bundledModels } from './config/bundled.js';
import { EXIT, FmnistError } from './errors.js';
import { declaredFlags, flagsFromEnvironment } from './flags/environment.js';
import { usageError } from './flags/usage-error.js';

/** In the order of `--help`. Command files load nothing heavy: their handlers do. */
const COMMANDS: readonly CommandModule[] = [
  train,
  evaluate,
  predict,
  runs,
  data,
  augment,
  summary,
  validate,
  bench,
  gpuInfo,
  setup,
  completion,
];

/**
 * Runs one command line and sets the process's exit code: the only place that does, and the only catch.
 * @param argv the arguments after the program's name
 */
export async function main(argv: readonly string[]): Promise<void> {
  process.stdout.on('error', closedPipe);
  process.stderr.on('error', closedPipe);
  try {
    await run(argv);
  } catch (error) {
    const { formatError } = await import('./ui/format-error.js');
    process.stderr.write(formatError(error));
    process.exitCode = error instanceof FmnistError ? error.exitCode : EXIT.unexpected;
  }
}

/** What yargs tells of the command line while it parses, for the errors that it does not explain itself. */
interface Parsing {
  command: string | undefined;
  flags: string[];
  handling: boolean;
}

async function run(argv: readonly string[]): Promise<void> {
  if (argv[0] === '--version') {
    const { versionText } = await import('./app/version.js');
    process.stdout.write(await versionText(version()));
    return;
  }
  const parsing: Parsing = { command: undefined, flags: [], handling: false };
  const parser = yargs([...argv])
    .scriptName('fmnist')
    .usage('$0 <command> [options]\n\nTrains convolutional networks on Fashion-MNIST.')
    .command(COMMANDS.map((command) => observed(command, parsing)))
    .example('$0 train --model vgg7 --augment', 'Train with 30,000 augmented images besides')
    .example('$0 summary --model conv', 'Show layers, shapes and parameters')
    .epilogue('Flags may also be set by FMNIST_* variables, e.g. FMNIST_BATCH_SIZE=64.')
    .parserConfiguration({ 'dot-notation': false, 'duplicate-arguments-array': false })
    .locale('en')
    .alias({ help: 'h' })
    .version(version())
    .wrap(Math.min(process.stdout.columns ?? (Number(process.env.COLUMNS) || 80), 110))
    .demandCommand(1, 'which command?')
    .strict()
    .completion('completions', false, completeModels)
    .exitProcess(false)
    .fail(false);
  try {
    await parser.parseAsync();
  } catch (error) {
    // yargs throws its own complaints as plain errors, and wraps what a flag's coercion threw.
    if (parsing.handling || error instanceof FmnistError) throw error;
    const complaint = error instanceof Error ? error.message : String(error);
    throw usageError(complaint, { argv, commands: COMMANDS.map(usageOf), ...parsing });
  }
}

/** The command with the environment's settings under its flags, telling `parsing` how far yargs came. */
function observed(command: CommandModule, parsing: Parsing): CommandModule {
  const { builder } = command;
  if (typeof builder !== 'function') throw new TypeError(`command ${command.command} needs a builder function`);
  return {
    ...command,
    builder: (flags: Argv) => {
      // Our builders are synchronous; yargs' type also allows promises.
      const built = builder(flags) as Argv;
      const declared = declaredFlags(built);
      parsing.command = usageOf(command);
      parsing.flags = Object.keys(declared.key);
      return built.config(flagsFromEnvironment(declared, process.env));
    },
    handler: async (args) => {
      parsing.handling = true;
      await command.handler(args);
    },
  };
}

function usageOf(command: CommandModule): string {
  return String(command.command);
}

/** Completes what yargs cannot know: the bundled models after `--model`. */
function completeModels(
  current: string,
  _argv: unknown,
  yargsAnswers: (onCompleted: (error: Error | null, answers: string[] | undefined) => void) => void,
  done: (answers: string[]) => void,
): void {
  const previous = process.argv.at(-2);
  if (previous === '--model' || previous === '-m') done(bundledModels().filter((name) => name.startsWith(current)));
  else yargsAnswers((_error, answers) => done(answers ?? []));
}

function version(): string {
  const text = readFileSync(new URL('../package.json', import.meta.url), 'utf8');
  // Our own file: it has a version.
  return (JSON.parse(text) as { version: string }).version;
}

/**
 * `fmnist … | head -1` closes our stdout: nothing is wrong, but nobody listens any more. A command that must put
 * something in safety first (a training run) listens for SIGPIPE.
 */
function closedPipe(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') throw error;
  if (!process.emit('SIGPIPE')) process.exit(EXIT.ok);
}
