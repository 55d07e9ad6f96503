/** Exit codes of the command line, one for each kind of failure. */
export const EXIT = {
  ok: 0,
  unexpected: 1,
  usage: 2,
  data: 3,
  engine: 4,
  outOfMemory: 5,
  diverged: 6,
  gate: 7,
  interrupted: 130,
  terminated: 143,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** What an error may carry besides its message. */
export interface ErrorDetails {
  /** What to do next, as one sentence or one command to type. */
  hint?: string;
  /** Every problem found, where one error reports several. */
  problems?: readonly string[];
  cause?: unknown;
}

/**
 * An expected failure: the message says what went wrong and where in one line, the hint what to do next.
 * The command line prints it without a stack and exits with `exitCode`.
 */
export abstract class FmnistError extends Error {
  abstract readonly exitCode: ExitCode;
  readonly hint: string | undefined;
  readonly problems: readonly string[];

  constructor(message: string, details: ErrorDetails = {}) {
    super(message, { cause: details.cause });
    this.name = new.target.name;
    this.hint = details.hint;
    this.problems = details.problems ?? [];
  }
}

/** Why it failed in one line, with all problems that it names. */
export function reasonOf({ message, problems }: FmnistError): string {
  return problems.length === 0 ? message : `${message}: ${problems.join('; ')}`;
}

/** Wrong flags, or a config that does not make a model. */
export class UsageError extends FmnistError {
  readonly exitCode = EXIT.usage;
}

/** A flag that was typed and would do nothing. */
export function noEffect(flag: string, why: string): UsageError {
  return new UsageError(`--${flag} has no effect: ${why}`, { hint: 'Leave it out.' });
}

/** Data that cannot be had, read or trusted; also a damaged run, checkpoint or weights file. */
export class DataError extends FmnistError {
  readonly exitCode = EXIT.data;
}

/** The device or engine that was asked for is not available. */
export class EngineError extends FmnistError {
  readonly exitCode = EXIT.engine;
}

/** What this machine simply does not have: nothing is wrong with it. */
export class AbsentDeviceError extends EngineError {}

/** The engine ran out of memory. */
export class OutOfMemoryError extends FmnistError {
  readonly exitCode = EXIT.outOfMemory;
}

/** The loss became NaN or infinite. */
export class DivergedError extends FmnistError {
  readonly exitCode = EXIT.diverged;
}

/** A run that was told to stop, which is no failure but must not look like success to a script. */
export class StoppedError extends FmnistError {
  constructor(
    message: string,
    readonly exitCode: typeof EXIT.interrupted | typeof EXIT.terminated,
  ) {
    super(message);
  }
}

/** A gate such as `--min-accuracy` was not met. */
export class GateError extends FmnistError {
  readonly exitCode = EXIT.gate;
}

/** The user stopped a command that keeps nothing unfinished. */
export class InterruptedError extends FmnistError {
  constructor(
    message: string,
    readonly exitCode: typeof EXIT.interrupted | typeof EXIT.terminated = EXIT.interrupted,
  ) {
    super(message);
  }
}
