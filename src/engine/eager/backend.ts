import { EngineError, FmnistError, OutOfMemoryError } from '../../errors.js';
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

  /**
   * Runs `work` with this as the one backend that tfjs has for the whole process.
   * @throws OutOfMemoryError and EngineError for whatever fails in it, also behind the back of tfjs.
   */
  async run<T>(work: () => T | Promise<T>): Promise<T> {
    // A backend that has been started is switched to before this returns.
    if (tf.getBackend() !== this.name) void tf.setBackend(this.name);
    try {
      const result = await work();
      if (!this.#failure) return result;
    } catch (error) {
      this.fail(error);
    }
    throw this.#failure;
  }

  /** After a failure nothing that the backend holds can be trusted, or even freed. */
  get failed(): boolean {
    return this.#failure !== undefined;
  }

  /** Takes a failure down, to be thrown by the `run` that it fell into; the first one counts. */
  fail(error: unknown): void {
    this.#failure ??= this.#known(error);
  }

  outOfMemory(cause?: unknown): OutOfMemoryError {
    const hint = 'Lower --batch-size, or make the layers smaller.';
    return new OutOfMemoryError(`${this.title} has not enough memory for this model and batch`, { hint, cause });
  }

  #known(error: unknown): Error {
    if (error instanceof FmnistError) return error;
    if (error instanceof RangeError && /array length|allocation failed/i.test(error.message)) {
      return this.outOfMemory(error);
    }
    // What WebAssembly throws, whose types come with a browser's.
    if (error instanceof Error && error.name === 'RuntimeError') {
      return new EngineError(`${this.title} crashed: ${error.message}`, { hint: 'Try --device cpu-js.', cause: error });
    }
    return error instanceof Error ? error : new Error(String(error));
  }
}
