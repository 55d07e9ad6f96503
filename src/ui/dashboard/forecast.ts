import type {
  EpochEnd,
  RunStart,
  StepEvent,
  TrainingEvent,
  ValidationProgress,
} from '../../training/contracts/events.js';

/** Until an evaluation was timed: forward passes of which a training step is made. */
const PASSES_OF_A_STEP = 3;

export interface TimeLeft {
  /** Seconds of the running epoch's steps. */
  readonly epoch: number;
  /** Seconds until the run has ended: later epochs, validation, checkpoints and the test as well. */
  readonly run: number;
}

/** Times the parts of a run as its events come in, and estimates how long the rest will take. */
export class Forecast {
  private run: RunStart | undefined;
  private latest: StepEvent | undefined;
  private last: EpochEnd | undefined;
  private evaluating: ValidationProgress | undefined;
  /** When the running evaluation began, and how many images those before it took in the same phase. */
  private evaluationStart = 0;
  private evaluatedBefore = 0;
  private secondsPerImage: number | undefined;
  /** When the event before came, and when the last epoch was validated. */
  private before = 0;
  private epochEnded = 0;
  /** What an epoch's checkpoints take. */
  private secondsToSave = 0;

  /** @param now milliseconds */
  constructor(private readonly now: () => number) {}

  observe(event: TrainingEvent): void {
    const now = this.now();
    switch (event.event) {
      case 'run_start':
        this.run = event;
        this.last = event.history?.at(-1);
        this.epochEnded = now;
        break;
      case 'epoch_start':
        this.latest = undefined;
        this.secondsToSave = (now - this.epochEnded) / 1000;
        break;
      case 'step':
        this.latest = event;
        break;
      case 'validation_progress':
        this.timeEvaluation(event, now);
        break;
      case 'epoch_end':
        this.last = event;
        this.epochEnded = now;
        break;
    }
    if (event.event !== 'validation_progress') this.evaluating = undefined;
    this.before = now;
  }

  private timeEvaluation(event: ValidationProgress, now: number): void {
    const previous = this.evaluating;
    if (previous === undefined || previous.done >= event.done) {
      this.evaluationStart = this.before;
      this.evaluatedBefore = previous === undefined ? 0 : this.evaluatedBefore + previous.total;
    }
    this.evaluating = event;
    this.secondsPerImage = (now - this.evaluationStart) / 1000 / event.done;
  }

  /**
   * Undefined before the first step.
   *
   * @param stopping whether the running epoch is the last one
   */
  left(stopping: boolean): TimeLeft | undefined {
    const { run, latest, evaluating } = this;
    if (run === undefined) return undefined;
    const evaluated = evaluating === undefined ? 0 : this.evaluatedBefore + evaluating.done;
    const testImages = run.data.test * (run.testPasses ?? 1);
    if (evaluating?.what === 'test') return { epoch: 0, run: this.evaluation(testImages, evaluated) };
    if (latest === undefined) return undefined;
    const stepSeconds = latest.msPerStep / 1000;
    const epoch = (latest.steps - latest.step) * stepSeconds;
    const restOfEpoch = epoch + this.evaluation(run.data.validation, evaluated) + this.secondsToSave;
    const wholeEpoch = latest.steps * stepSeconds + this.evaluation(run.data.validation) + this.secondsToSave;
    const laterEpochs = stopping ? 0 : run.epochs - latest.epoch;
    return { epoch, run: restOfEpoch + laterEpochs * wholeEpoch + this.evaluation(testImages) };
  }

  /** Seconds to evaluate so many images, less those that are done, and again with averaged weights where there are some. */
  private evaluation(images: number, done = 0): number {
    const { run, latest, last } = this;
    const guess = (latest?.msPerStep ?? 0) / 1000 / (run?.batchSize ?? 1) / PASSES_OF_A_STEP;
    const sets = last?.emaValLoss === undefined ? 1 : 2;
    return Math.max(0, images * sets - done) * (this.secondsPerImage ?? guess);
  }
}
