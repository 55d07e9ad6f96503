import { asCalled } from '../../command-line.js';
import type { OpenedSweep } from '../../sweep/definition.js';
import type { Plan } from '../../sweep/plan.js';
import type { SweepEvent } from '../../sweep/run.js';
import { printable } from '../../text.js';
import { plural } from '../format.js';
import { combine, type Reporter } from '../reporters/reporter.js';
import { type Environment, isInteractive, type OutStream } from '../streams.js';
import { liveReporter } from './live.js';
import { eventText } from './words.js';

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
  return {
    handle(event) {
      const text = event.event === 'rung_start' ? rungText(plan, event) : eventText(plan, event);
      // Workers elsewhere have told it.
      if (text !== undefined) out.write(`${printable(text)}\n`);
    },
    close: () => {},
  };
}

function rungText({ rungs }: Plan, { rung, jobs, done }: Extract<SweepEvent, { event: 'rung_start' }>): string {
  return `rung ${rung + 1}/${rungs.length}: ${plural(jobs, 'training')} to epoch ${rungs[rung]?.epochs}, ${done} done`;
}
