import type {
  EpochEnd,
  RunEnd,
  RunStart,
  StepEvent,
  TrainingEvent,
  ValidationProgress,
} from '../../training/contracts/events.js';
import { Forecast } from './forecast.js';
import { Trace } from './trace.js';

/** Each step moves the smoothed figures this far towards its own: single batches of 32 are too noisy to read. */
const SMOOTHING = 0.05;

/** What the dashboard knows of a run: everything a frame shows, but how it is shown. */
export class RunState {
  run: RunStart | undefined;
  /** The running epoch and its steps; before the first one 0. */
  epoch = 0;
  steps = 0;
  latest: StepEvent | undefined;
  /** While images are evaluated between epochs or at the end. */
  evaluating: ValidationProgress | undefined;
  readonly history: EpochEnd[] = [];
  best: EpochEnd | undefined;
  end: RunEnd | undefined;
  /** The training figures of the last steps, smoothed: where the curves of the steps end. */
  current: { readonly loss: number; readonly accuracy: number } | undefined;
  /** x in epochs (2.5: in the middle of the third). */
  readonly stepLoss = new Trace();
  readonly stepAccuracy = new Trace();
  readonly forecast: Forecast;

  /** @param now milliseconds */
  constructor(now: () => number = () => performance.now()) {
    this.forecast = new Forecast(now);
  }

  apply(event: TrainingEvent): void {
    this.forecast.observe(event);
    switch (event.event) {
      case 'run_start':
        this.run = event;
        this.steps = event.stepsPerEpoch;
        for (const epoch of event.history ?? []) this.endEpoch(epoch);
        break;
      case 'epoch_start':
        this.epoch = event.epoch;
        this.steps = event.steps;
        this.latest = undefined;
        this.evaluating = undefined;
        break;
      case 'step':
        this.step(event);
        break;
      case 'validation_progress':
        this.evaluating = event;
        break;
      case 'epoch_end':
        this.endEpoch(event);
        break;
      case 'run_end':
        this.end = event;
        break;
      case 'checkpoint':
      case 'norms':
      case 'warning':
        break;
    }
  }

  private step(event: StepEvent): void {
    this.epoch = event.epoch;
    this.steps = event.steps;
    this.latest = event;
    this.evaluating = undefined;
    const { loss, accuracy } = this.current ?? event;
    this.current = { loss: smoothed(loss, event.loss), accuracy: smoothed(accuracy, event.accuracy) };
    const x = event.epoch - 1 + event.step / Math.max(1, event.steps);
    this.stepLoss.add({ x, y: this.current.loss });
    this.stepAccuracy.add({ x, y: this.current.accuracy });
  }

  private endEpoch(event: EpochEnd): void {
    this.history.push(event);
    if (event.best) this.best = event;
  }
}

function smoothed(before: number, value: number): number {
  return before + (value - before) * SMOOTHING;
}
