import type {
  EpochEnd,
  RunEnd,
  RunStart,
  StepEvent,
  TrainingEvent,
  ValidationProgress,
} from '../../training/contracts/events.js';
import { Trace } from './trace.js';

/** Each step moves the smoothed loss this far towards its own: single batches of 32 are too noisy to read. */
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
  /** x in epochs (2.5: in the middle of the third). */
  readonly stepLoss = new Trace();
  readonly stepAccuracy = new Trace();
  private smoothed: number | undefined;

  apply(event: TrainingEvent): void {
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
      case 'warning':
        break;
    }
  }

  private step(event: StepEvent): void {
    this.epoch = event.epoch;
    this.steps = event.steps;
    this.latest = event;
    this.evaluating = undefined;
    const { smoothed = event.loss } = this;
    if (Number.isFinite(event.loss)) this.smoothed = smoothed + (event.loss - smoothed) * SMOOTHING;
    const x = event.epoch - 1 + event.step / Math.max(1, event.steps);
    this.stepLoss.add({ x, y: this.smoothed ?? event.loss });
    this.stepAccuracy.add({ x, y: event.meanAccuracy });
  }

  private endEpoch(event: EpochEnd): void {
    this.history.push(event);
    if (event.best) this.best = event;
  }
}

/** Seconds that the running epoch's steps still take, and the whole run's; undefined before the first step. */
export function timeLeft(state: RunState): { readonly epoch: number; readonly run: number } | undefined {
  const { latest, run, history } = state;
  if (latest === undefined || run === undefined) return undefined;
  const stepSeconds = latest.msPerStep / 1000;
  const epoch = (latest.steps - latest.step) * stepSeconds;
  // The past epoch's time includes its validation.
  const wholeEpoch = Math.max(history.at(-1)?.seconds ?? 0, latest.steps * stepSeconds);
  return { epoch, run: epoch + (run.epochs - latest.epoch) * wholeEpoch };
}
