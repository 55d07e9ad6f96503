/** What a person at the keyboard may ask of a run; the loop takes it up after the current step. */
export interface RunControl {
  /** Finish this epoch (validation and checkpoint included), then end as stopped. */
  stopAfterEpoch(): void;
  /** Write a checkpoint now. */
  saveNow(): void;
}
