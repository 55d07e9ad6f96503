import { asCalled } from '../../command-line.js';
import type { OpenedSweep } from '../../sweep/definition.js';
import type { Plan } from '../../sweep/plan.js';
import type { SweepEvent } from '../../sweep/run.js';
import { printable } from '../../text.js';
import { plural } from '../format.js';
import { combine, type Reporter } from '../reporters/reporter.js';
import { type Environment, isInteractive, type OutStream } from '../streams.js';
import { liveReporter } from './live.js';
import { resultText, retryText, trialText } from './words.js';

export interface SweepReporterOptions {
  readonly json: boolean;
  readonly stdout: OutStream;
  readonly stderr: OutStream;
  readonly env: Environment;
  /** How the program was called. */
  readonly called: string;
}

/** JSON lines, a live table on a terminal, or plain lines in a log. */
export function sweepReporter(
  { plan }: OpenedSweep,
  { json, stdout, stderr, env, called }: SweepReporterOptions,
): Reporter<SweepEvent> {
  const reporter = json
    ? combine([jsonReporter(stdout), plainReporter(plan, stderr)])
    : isInteractive(stdout, env)
      ? liveReporter(plan, stdout)
      : plainReporter(plan, stdout);
  return {
    handle: (event) =>
      reporter.handle(event.event === 'notice' ? { ...event, message: asCalled(event.message, called) } : event),
    close: () => reporter.close(),
  };
}

function jsonReporter(out: OutStream): Reporter<SweepEvent> {
  return { handle: (event) => out.write(`${JSON.stringify({ v: 1, ...event })}\n`), close: () => {} };
}

function plainReporter(plan: Plan, out: OutStream): Reporter<SweepEvent> {
  // Workers elsewhere have told it.
  const say = (text: string) => out.write(`${printable(text)}\n`);
  return {
    handle(event) {
      switch (event.event) {
        case 'rung_start': {
          const epochs = plan.rungs[event.rung]?.epochs;
          const rung = `rung ${event.rung + 1}/${plan.rungs.length}`;
          say(`${rung}: ${plural(event.jobs, 'training')} to epoch ${epochs}, ${event.done} done`);
          break;
        }
        case 'job_retry':
          say(`${trialText(plan, event.job)}: ${retryText(event.reason)}`);
          break;
        case 'notice':
          say(event.message);
          break;
        case 'job_end':
          say(`${trialText(plan, event.job)}: ${resultText(plan, event.result)}`);
          break;
        default:
      }
    },
    close: () => {},
  };
}
