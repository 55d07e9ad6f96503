import type { TrainingEvent } from '../../training/contracts/events.js';

/** Shows a run, or another thing with events, to somebody: a person at a terminal, a log, or a program. */
export interface Reporter<Event = TrainingEvent> {
  handle(event: Event): void;
  /** Gives the terminal back. Safe to call more than once, and when no run ever started. */
  close(): void;
}

/** One reporter that feeds several, in order. */
export function combine<Event = TrainingEvent>(reporters: readonly Reporter<Event>[]): Reporter<Event> {
  return {
    handle: (event) => {
      for (const reporter of reporters) reporter.handle(event);
    },
    close: () => {
      for (const reporter of reporters) reporter.close();
    },
  };
}
