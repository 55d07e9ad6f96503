import type { BatchMetrics, EngineInfo } from '../../engine/engine.js';
import type { EpochEnd } from '../contracts/events.js';
import type { RunSettings } from '../contracts/settings.js';
import type { TrainingState } from '../contracts/state.js';

const NO_SUMS: TrainingState['sums'] = { loss: 0, correct: 0, count: 0, seconds: 0 };

/** What of an engine decides the last digits of a sum. */
export function computedBy(engine: EngineInfo): NonNullable<TrainingState['engine']> {
  const { name, device, threads, jitCompile, deterministic } = engine;
  const modes = {
    ...(jitCompile !== undefined && { jitCompile }),
    ...(deterministic !== undefined && { deterministic }),
  };
  return { name, device, threads, ...modes };
}

/** Where a run stands. Everything a checkpoint must remember besides tensors changes here and nowhere else. */
export class RunProgress {
  #state: TrainingState;

  constructor(settings: RunSettings, fingerprint: string, engine: EngineInfo, resumed?: TrainingState) {
    const start = { epoch: 1, step: 0, globalStep: 0, sums: NO_SUMS, seconds: 0, history: [] };
    this.#state = { ...start, ...resumed, settings, fingerprint, engine: computedBy(engine) };
  }

  get state(): TrainingState {
    return this.#state;
  }

  get meanLoss(): number {
    return this.#state.sums.loss / this.#state.sums.count;
  }

  get meanAccuracy(): number {
    return this.#state.sums.correct / this.#state.sums.count;
  }

  addStep({ loss, correct, count }: BatchMetrics): void {
    const { sums, step, globalStep } = this.#state;
    this.#state = {
      ...this.#state,
      step: step + 1,
      globalStep: globalStep + 1,
      sums: { ...sums, loss: sums.loss + loss, correct: sums.correct + correct, count: sums.count + count },
    };
  }

  /** Time spent in training steps. */
  addSeconds(seconds: number): void {
    const { sums } = this.#state;
    this.#state = {
      ...this.#state,
      seconds: this.#state.seconds + seconds,
      sums: { ...sums, seconds: sums.seconds + seconds },
    };
  }

  /** Time spent in evaluation, which belongs to the run but not to its steps. */
  addEvaluationSeconds(seconds: number): void {
    this.#state = { ...this.#state, seconds: this.#state.seconds + seconds };
  }

  endEpoch(end: EpochEnd): void {
    const { epoch, history } = this.#state;
    this.#state = { ...this.#state, epoch: epoch + 1, step: 0, sums: NO_SUMS, history: [...history, end] };
  }
}
