import type { Job, Plan } from '../../sweep/plan.js';
import type { SweepEvent } from '../../sweep/run.js';
import { printable } from '../../text.js';
import type { EpochEnd } from '../../training/contracts/events.js';
import { sparkline } from '../chart/sparkline.js';
import { Screen } from '../dashboard/screen.js';
import * as format from '../format.js';
import { cut, padEnd, stringWidth } from '../lines.js';
import type { Reporter } from '../reporters/reporter.js';
import type { OutStream } from '../streams.js';
import { eventText, scoreText, trialText } from './words.js';

interface Running {
  readonly job: Job;
  readonly epochs: EpochEnd[];
}

/** One line for each worker, under the lines of the trials that have ended. */
export function liveReporter(plan: Plan, out: OutStream): Reporter<SweepEvent> {
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
    screen.draw(
      [head, ...columns(shown.map(([worker, each]) => cells(worker, each)))].map((text) => cut(printable(text), width)),
    );
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
          running.set(event.worker, { job: event.job, epochs: [] });
          break;
        case 'job_epoch':
          running.get(event.worker)?.epochs.push(event.epoch);
          break;
        case 'job_end':
          running.delete(event.worker);
          rung = { ...rung, done: rung.done + 1 };
          ended++;
          break;
        default:
      }
      const text = eventText(plan, event);
      // Workers elsewhere have told it.
      if (text !== undefined) screen.print([printable(text)]);
      draw();
    },
    close: () => screen.close(),
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
