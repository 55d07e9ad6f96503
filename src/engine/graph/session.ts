import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { EngineError, OutOfMemoryError } from '../../errors.js';
import { temporaryFolder } from '../../files/temporary-folder.js';
import type { TensorFlowBinding } from '../native/binding/binding.js';
import { type Graph, type GraphTensor, outputName } from './graph.js';
import { DTYPE } from './proto.js';

export type TensorData = Float32Array | Int32Array | Uint8Array;

/** A value for a placeholder. */
export type Feed = readonly [placeholder: GraphTensor, data: TensorData, shape: readonly number[]];

/** A graph loaded into TensorFlow, with its variables. */
export class Session {
  readonly #binding: TensorFlowBinding;
  readonly #id: number;

  /** The binding loads graphs from SavedModel folders only, so one is written for the moment of loading. */
  constructor(binding: TensorFlowBinding, graph: Graph) {
    const folder = temporaryFolder('fmnist-graph-', EngineError);
    try {
      writeFileSync(join(folder, 'saved_model.pb'), graph.encode());
      this.#id = binding.loadSavedModel(folder, 'serve');
    } catch (cause) {
      throw engineError('the training graph could not be loaded', cause);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
    this.#binding = binding;
  }

  /**
   * Runs what `fetches` need and gives their values. Blocks until done.
   * @throws OutOfMemoryError, EngineError
   */
  run(feeds: readonly Feed[], fetches: readonly GraphTensor[]): TensorData[] {
    const inputs: number[] = [];
    try {
      for (const [{ dtype }, data, shape] of feeds) inputs.push(this.#binding.createTensor(shape, DTYPE[dtype], data));
      const names = feeds.map(([placeholder]) => outputName(placeholder)).join(',');
      const outputs = this.#binding.runSavedModel(this.#id, inputs, names, fetches.map(outputName).join(','));
      return outputs.map(({ id }) => {
        const data = this.#binding.tensorDataSync(id);
        this.#binding.deleteTensor(id);
        return data;
      });
    } catch (cause) {
      throw engineError('a step failed in TensorFlow', cause);
    } finally {
      for (const id of inputs) this.#binding.deleteTensor(id);
    }
  }

  dispose(): void {
    this.#binding.deleteSavedModel(this.#id);
  }
}

/**
 * What TensorFlow says in the words of an {@link EngineError}. Where a GPU and the CPU have parts in a step, the failure of
 * one ends the other too, and the message begins with their number, `2 root error(s) found.`: the first one's is the reason.
 */
export function engineError(what: string, cause: unknown): Error {
  const message = cause instanceof Error ? cause.message : String(cause);
  const line = /^ *\(0\) (.*)/m.exec(message)?.[1] ?? message.split('\n', 1)[0];
  if (/\bOOM\b|out of memory|RESOURCE_EXHAUSTED|bad_alloc/i.test(message)) {
    return new OutOfMemoryError(`${what}: not enough memory`, {
      cause,
      hint: 'lower --batch-size, or free memory on the device',
    });
  }
  return new EngineError(`${what}: ${line}`, { cause });
}
