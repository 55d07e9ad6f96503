/** Values from callbacks as an async iterable: what is put in comes out in order, until it is closed. */
export class Channel<T> implements AsyncIterable<T> {
  readonly #values: T[] = [];
  #ended: { readonly error?: unknown } | undefined;
  #wake = () => {};

  put(value: T): void {
    this.#values.push(value);
    this.#wake();
  }

  /** Ends the iteration once everything was taken; with an error, by throwing it. */
  close(error?: unknown): void {
    this.#ended ??= error === undefined ? {} : { error };
    this.#wake();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T, void> {
    for (;;) {
      while (this.#values.length > 0) yield this.#values.shift() as T;
      if (this.#ended !== undefined) {
        if ('error' in this.#ended) throw this.#ended.error;
        return;
      }
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }
}
