import type { OpenedSweep } from '../../sweep/definition.js';
import type { Plan } from '../../sweep/plan.js';
import type { SweepEvent } from '../../sweep/run.js';
import { combine, type Reporter } from '../reporters/reporter.js';
import { type Environment, isInteractive, type OutStream } from '../streams.js';
import { liveReporter } from './live.js';
import { resultText, retryText, trialText } from './words.js';

export interface SweepReporterOptions {
  readonly json: boolean;
  readonly stdout: OutStream;
  readonly stderr: OutStream;
  readonly env: Environment;
}

/** JSON lines, a live table on a terminal, or plain lines in a log. */
export function sweepReporter(
  sweep: OpenedSweep,
  { json, stdout, stderr, env }: SweepReporterOptions,
): Reporter<SweepEvent> {
  if (json) return combine([jsonReporter(stdout), plainReporter(sweep.plan, stderr)]);
  return isInteractive(stdout, env) ? liveReporter(sweep.plan, stdout) : plainReporter(sweep.plan, stdout);
}

function jsonReporter(out: OutStream): Reporter<SweepEvent> {
  return { handle: (event) => out.write(`${JSON.stringify({ v: 1, ...event })}\n`), close: () => {} };
}

function plainReporter(plan: Plan, out: OutStream): Reporter<SweepEvent> {
  const say = (text: string) => out.write(`${text}\n`);
  return {
    handle(event) {
      switch (event.event) {
        case 'rung_start': {
          const epochs = plan.rungs[event.rung]?.epochs;
          say(
            `rung ${event.rung + 1}/${plan.rungs.length}: ${event.jobs} trainings to epoch ${epochs}, ${event.done} done`,
          );
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
