import type { DataProgress } from './data/sources/source.js';
import type { ProvisionProgress } from './engine/native/provision/provision.js';
import type { StoppedError } from './errors.js';
import type { Environment, InStream, OutStream } from './ui/streams.js';

/** The exit codes of a program that was told to stop: by Ctrl-C, or by anything else. */
export type StopCode = StoppedError['exitCode'];

/** Why an {@link Interrupts} signal is aborted. */
export interface StopReason {
  readonly exitCode: StopCode;
}

/**
 * Wishes that the program should end: Ctrl-C, SIGTERM, a terminal or pipe that closes. Work that must put something in
 * safety holds them; while nobody does, the first wish ends the program.
 */
export interface Interrupts {
  /**
   * From now until it is released the first wish aborts the signal, with a {@link StopReason}; the next one ends the
   * program, `beforeQuit` first. A wish from before, while other work held, has aborted the signal already.
   */
  hold(beforeQuit: () => void): HeldInterrupts;
}

export interface HeldInterrupts {
  readonly signal: AbortSignal;
  release(): void;
}

/** Shows how far something is. */
export interface ProgressView<Progress> {
  readonly onProgress: (progress: Progress) => void;
  /** Takes it off the screen; safe to call more than once. */
  readonly close: () => void;
}

/** What a use case has of the program around it. */
export interface Context {
  readonly env: Environment;
  /** The words of the command line, for a run's records. */
  readonly argv: readonly string[];
  /** How this program is started, for processes of its own: Node and the script. */
  readonly program: readonly [node: string, script: string];
  /** What to type to call it again, e.g. `fmnist`. */
  readonly called: string;
  /** CPU threads of this machine that it may use. */
  readonly cores: number;
  /** Bytes that this process may use at most. */
  readonly memoryBytes: number;
  readonly interrupts: Interrupts;
  readonly progress: {
    data(): Promise<ProgressView<DataProgress>>;
    engine(): Promise<ProgressView<ProvisionProgress>>;
  };
  /** Tells a person of something that is odd and stops nothing. */
  warn(message: string): void;
}

/** What a command has besides: the streams on which it is read and drawn. */
export interface CommandContext extends Context {
  readonly stdin: InStream;
  readonly stdout: OutStream;
  readonly stderr: OutStream;
}
