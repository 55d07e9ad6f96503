import { EngineError, OutOfMemoryError } from '../../errors.js';
import * as tf from './tf.js';

/** A backend of tfjs that has been started, and what has failed in it. */
export class Backend {
  #failure: Error | undefined;

  constructor(
    /** tfjs' name for it. */
    private readonly name: string,
    /** Its name in messages. */
    private readonly title: string,
  ) {}

  /** After a failure nothing that the backend holds can be trusted, or even freed. */
  get failed(): boolean {
    return this.#failure !== undefined;
  }

  /** Keeps a failure that tfjs does not notice, for the current `run` to throw; the first one counts. */
  fail(error: Error): void {
    this.#failure ??= error;
  }

  /**
   * Runs `work` with this as the one backend that tfjs has for the whole process.
   * @throws OutOfMemoryError and EngineError for what fails in the backend, also behind the back of tfjs.
   */
  async run<T>(work: () => T | Promise<T>): Promise<T> {
    // A backend that has been started is switched to before this returns.
    if (tf.getBackend() !== this.name) void tf.setBackend(this.name);
    try {
      const result = await work();
      if (!this.#failure) return result;
    } catch (error) {
      if (this.#failure) throw this.#failure;
      if (isFailedAllocation(error)) throw this.outOfMemory(error);
      if (!isCrash(error)) throw error;
      this.fail(
        new EngineError(`${this.title} crashed: ${error.message}`, { hint: 'Try --device cpu-js.', cause: error }),
      );
    }
    throw this.#failure;
  }

  outOfMemory(cause?: unknown): OutOfMemoryError {
    const hint = 'Lower --batch-size, or make the layers smaller.';
    return new OutOfMemoryError(`${this.title} has not enough memory for this model and batch`, { hint, cause });
  }
}

/** JavaScript's own arrays, which hold what goes in and out, and everything on the plain CPU backend. */
function isFailedAllocation(error: unknown): boolean {
  return error instanceof RangeError && /array length|allocation failed/i.test(error.message);
}

/** What WebAssembly throws; its class is not among Node's types. */
function isCrash(error: unknown): error is Error {
  return error instanceof Error && error.name === 'RuntimeError';
}
