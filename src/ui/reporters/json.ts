import type { EventLine, TrainingEvent } from '../../training/contracts/events.js';
import type { OutStream } from '../streams.js';
import type { Reporter } from './reporter.js';

/** For programs: one JSON object a line, as published in `schema/events.json`. Figures that are not finite are null. */
export function jsonReporter(out: OutStream, steps: boolean): Reporter {
  return {
    handle(event) {
      const line = eventLine(event, steps);
      if (line !== undefined) out.write(`${JSON.stringify(line)}\n`);
    },
    close: () => {},
  };
}

/** The public form of an event; undefined for those that only move a progress bar. */
function eventLine(event: TrainingEvent, steps: boolean): EventLine | undefined {
  switch (event.event) {
    case 'epoch_start':
    case 'validation_progress':
      return undefined;
    case 'step':
      return steps ? { v: 1, ...event } : undefined;
    case 'run_end': {
      const { mistakes, ...rest } = event;
      if (mistakes === undefined) return { v: 1, ...rest };
      return { v: 1, ...rest, mistakes: mistakes.map(({ image: _, ...mistake }) => mistake) };
    }
    default:
      return { v: 1, ...event };
  }
}
