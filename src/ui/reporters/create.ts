import { asCalled } from '../../command-line.js';
import type { RunControl } from '../../training/contracts/control.js';
import { type NextCommand, nextCommand } from '../notices.js';
import { type Environment, type InStream, isInteractive, type OutStream } from '../streams.js';
import type { WatchGpu } from './human.js';
import { jsonReporter } from './json.js';
import { plainReporter } from './plain.js';
import { combine, type Reporter } from './reporter.js';

export interface ReporterOptions {
  readonly json: boolean;
  readonly jsonSteps: boolean;
  readonly quiet: boolean;
  readonly stdin: InStream;
  readonly stdout: OutStream;
  readonly stderr: OutStream;
  readonly env: Environment;
  /** How the program was called. */
  readonly called: string;
  /** The command to type after the run, where it is none of the usual ones. */
  readonly next?: NextCommand;
  /** What the keys of the dashboard ask for; without it there are no such keys. */
  readonly control?: RunControl;
  /** What tells of the GPU that trains. */
  readonly watchGpu?: WatchGpu;
  /** Milliseconds; the system's clock by default. */
  readonly now?: () => number;
}

/**
 * The reporter that fits: JSON lines on stdout with people's text on stderr, the live dashboard on a terminal,
 * plain lines otherwise (a pipe, CI, `TERM=dumb`). In a GitHub workflow the job's summary is written as well.
 */
export async function createReporter(options: ReporterOptions): Promise<Reporter> {
  const reporter = await screenReporter(options);
  const summary = options.env.GITHUB_STEP_SUMMARY;
  if (summary === undefined || summary === '') return reporter;
  const { stepSummaryReporter } = await import('./step-summary.js');
  return combine([reporter, stepSummaryReporter(summary, nextTo(options))]);
}

async function screenReporter(options: ReporterOptions): Promise<Reporter> {
  const { json, jsonSteps, quiet, stdout, stderr, env, now = Date.now } = options;
  const next = nextTo(options);
  if (json) return combine([jsonReporter(stdout, jsonSteps), plainReporter({ out: stderr, quiet, now, next })]);
  if (quiet || !isInteractive(stdout, env)) return plainReporter({ out: stdout, quiet, now, next });
  // Only a terminal needs what draws on it.
  const { humanReporter } = await import('./human.js');
  const { stdin, control, watchGpu } = options;
  return humanReporter({ stdin, stdout, env, control, watchGpu, next });
}

function nextTo({ called, next = (end) => nextCommand(end, []) }: ReporterOptions): NextCommand {
  return (end) => asCalled(next(end), called);
}
