import { EngineError } from '../../errors.js';
import type { Engine, EngineInfo, TrainerSpec } from '../engine.js';
import { BACKENDS, type EagerKind, startBackend } from './backends.js';
import * as tf from './tf.js';
import { EagerTrainer } from './trainer.js';

/** Trains with tfjs, one operation at a time: slow, but wherever Node runs. */
export class EagerEngine implements Engine {
  private constructor(readonly info: EngineInfo) {}

  /** @throws EngineError when that backend does not start on this machine. */
  static async create(kind: EagerKind): Promise<EagerEngine> {
    const device = await startBackend(kind);
    return new EagerEngine({ kind, name: `tfjs ${tf.version_core} (${kind})`, ...device, threads: 1 });
  }

  async trainer(spec: TrainerSpec): Promise<EagerTrainer> {
    if (spec.precision !== 'float32') {
      throw new EngineError(`${this.info.name} trains in float32 only, not in ${spec.precision}`, {
        hint: 'Leave --precision out, or use --device cpu or gpu.',
      });
    }
    return new EagerTrainer(spec, () => this.#activate());
  }

  /** tfjs has one current backend for the whole process, and engines of two kinds may take turns. */
  #activate(): void {
    const { name } = BACKENDS[this.info.kind as EagerKind];
    // A backend that has been started is switched to before this returns.
    if (tf.getBackend() !== name) void tf.setBackend(name);
  }
}
