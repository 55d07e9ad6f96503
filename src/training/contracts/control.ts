import { EXIT, type StoppedError } from '../../errors.js';

/** What a person at the keyboard may ask of a run; the loop takes it up after the current step. */
export interface RunControl {
  /** What the run was asked for, and not asked to forget. */
  readonly stop: StopRequest | undefined;
  /** Finish this epoch (validation and checkpoint included), then end as stopped. */
  stopAfterEpoch(): void;
  /** Takes back a stop after the epoch. */
  keepTraining(): void;
  /** Write a checkpoint now. */
  saveNow(): void;
}

/** Exit codes of a run that was asked to stop. */
export type StopCode = StoppedError['exitCode'];

export interface StopRequest {
  readonly after: 'step' | 'epoch';
  readonly exitCode: StopCode;
}

/** Carries requests from signals and keys to the loop, which asks between steps. */
export class TrainingControl implements RunControl {
  #stop: StopRequest | undefined;
  #save = false;

  get stop(): StopRequest | undefined {
    return this.#stop;
  }

  /** Finish this step, write a checkpoint, end as stopped; goes before a stop after the epoch. */
  stopAfterStep(exitCode: StopCode = EXIT.interrupted): void {
    if (this.#stop?.after !== 'step') this.#stop = { after: 'step', exitCode };
  }

  stopAfterEpoch(): void {
    this.#stop ??= { after: 'epoch', exitCode: EXIT.interrupted };
  }

  keepTraining(): void {
    if (this.#stop?.after === 'epoch') this.#stop = undefined;
  }

  saveNow(): void {
    this.#save = true;
  }

  /** Whether a checkpoint was asked for since the last call. */
  takeSave(): boolean {
    const save = this.#save;
    this.#save = false;
    return save;
  }
}
