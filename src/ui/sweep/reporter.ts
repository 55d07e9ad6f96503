import type { OpenedSweep } from '../../sweep/definition.js';
import type { Job, Plan } from '../../sweep/plan.js';
import type { Result } from '../../sweep/results.js';
import type { SweepEvent } from '../../sweep/run.js';
import type { EpochEnd } from '../../training/contracts/events.js';
import { sparkline } from '../chart/sparkline.js';
import { Screen } from '../dashboard/screen.js';
import * as format from '../format.js';
import { cut, padEnd, stringWidth } from '../lines.js';
import { type Environment, isInteractive, type OutStream } from '../streams.js';

interface SweepReporter {
  handle(event: SweepEvent): void;
  close(): void;
}

export interface SweepReporterOptions {
  readonly json: boolean;
  readonly stdout: OutStream;
  readonly stderr: OutStream;
  readonly env: Environment;
}

/** JSON lines, a live table on a terminal, or plain lines in a log. */
export function sweepReporter(sweep: OpenedSweep, { json, stdout, stderr, env }: SweepReporterOptions): SweepReporter {
  if (json) return combined([jsonReporter(stdout), plainReporter(sweep.plan, stderr)]);
  return isInteractive(stdout, env) ? liveReporter(sweep.plan, stdout) : plainReporter(sweep.plan, stdout);
}

function combined(reporters: readonly SweepReporter[]): SweepReporter {
  return {
    handle: (event) => {
      for (const reporter of reporters) reporter.handle(event);
    },
    close: () => {
      for (const reporter of reporters) reporter.close();
    },
  };
}

function jsonReporter(out: OutStream): SweepReporter {
  return { handle: (event) => out.write(`${JSON.stringify({ v: 1, ...event })}\n`), close: () => {} };
}

/** What is said of a trial: its number, its seed where there are several, and its parameters. */
export function trialText({ sweep, point }: Plan, { trial, seed }: Pick<Job, 'trial' | 'seed'>): string {
  const parameters = Object.entries(point(trial)).map(([path, value]) => `${shortPath(path)}=${JSON.stringify(value)}`);
  return [`trial ${trial}`, ...(sweep.seeds > 1 ? [`seed ${seed}`] : []), ...parameters].join(' ');
}

/** `optimizer.learningRate` is known by its last word; `layers.0.filters` is not. */
export function shortPath(path: string): string {
  return /\d/.test(path) ? path : path.slice(path.lastIndexOf('.') + 1);
}

function resultText({ sweep }: Plan, { status, score, message }: Result): string {
  return status === 'failed' ? `failed: ${message}` : `${sweep.metric} ${scoreText(sweep.metric, score)}`;
}

export function scoreText(metric: string, score: number | null | undefined): string {
  return /accuracy$/i.test(metric) ? format.percent(score) : format.loss(score);
}

function plainReporter(plan: Plan, out: OutStream): SweepReporter {
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
          say(`${trialText(plan, event.job)}: goes on, its process broke (${event.reason})`);
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

/** Lines whose cells stand below one another. */
function columns(lines: readonly (readonly string[])[]): string[] {
  const widths = (lines[0] ?? []).map((_, i) => Math.max(...lines.map((line) => stringWidth(line[i] ?? ''))));
  return lines.map((line) =>
    line
      .map((cell, i) => padEnd(cell, widths[i] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}

interface Running {
  readonly job: Job;
  readonly since: number;
  readonly epochs: EpochEnd[];
}

/** One line for each worker, under the lines of the trials that have ended. */
function liveReporter(plan: Plan, out: OutStream): SweepReporter {
  const screen = new Screen(out);
  const running = new Map<string, Running>();
  const started = performance.now();
  let rung = { rung: 0, jobs: 0, done: 0 };
  let ended = 0;

  function draw(): void {
    const width = screen.size().columns - 1;
    const seconds = (performance.now() - started) / 1000;
    const left = ended === 0 ? '' : ` · ${format.clock((seconds / ended) * (rung.jobs - rung.done))} left in this rung`;
    const head = `rung ${rung.rung + 1}/${plan.rungs.length} · ${rung.done} of ${rung.jobs} trainings${left}`;
    const shown = [...running].slice(0, Math.max(0, screen.size().rows - 2));
    screen.draw([head, ...columns(shown.map(([worker, each]) => cells(worker, each)))].map((text) => cut(text, width)));
  }

  /** What is known best and needed least comes last: a narrow terminal cuts it off. */
  function cells(worker: string, { job, epochs }: Running): string[] {
    const until = plan.rungs[job.rung]?.epochs ?? 0;
    const last = epochs.at(-1);
    return [
      worker,
      `epoch ${String(last?.epoch ?? 0).padStart(String(until).length)}/${until}`,
      padEnd(last === undefined ? '' : scoreText(plan.sweep.metric, last[plan.sweep.metric] ?? null), 6),
      trialText(plan, job),
      epochs.length < 2 ? '' : sparkline(epochs.slice(-12).map((epoch) => epoch[plan.sweep.metric] ?? 0)),
    ];
  }

  return {
    handle(event) {
      switch (event.event) {
        case 'rung_start':
          rung = { ...event };
          break;
        case 'job_start':
          running.set(event.worker, { job: event.job, since: performance.now(), epochs: [] });
          break;
        case 'job_epoch':
          running.get(event.worker)?.epochs.push(event.epoch);
          break;
        case 'job_retry':
          screen.print([`${trialText(plan, event.job)}: goes on, its process broke (${event.reason})`]);
          break;
        case 'notice':
          screen.print([event.message]);
          break;
        case 'job_end':
          running.delete(event.worker);
          rung = { ...rung, done: rung.done + 1 };
          ended++;
          screen.print([`${trialText(plan, event.job)}: ${resultText(plan, event.result)}`]);
          break;
      }
      draw();
    },
    close: () => screen.close(),
  };
}
