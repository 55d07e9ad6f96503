import { EngineError } from '../../errors.js';
import type { Model } from '../../model/model.js';
import type { NamedTensors } from '../../model/tensors.js';
import type { Engine, EngineInfo, TrainerSpec } from '../engine.js';
import type { Backend } from './backend.js';
import { type EagerKind, startBackend } from './backends.js';
import { EagerInspector } from './inspect.js';
import * as tf from './tf.js';
import { EagerTrainer } from './trainer.js';

/** Trains with tfjs, one operation at a time: slow, but wherever Node runs. */
export class EagerEngine implements Engine {
  private constructor(
    readonly info: EngineInfo,
    private readonly backend: Backend,
  ) {}

  /** @throws EngineError when that backend does not start on this machine. */
  static async create(kind: EagerKind): Promise<EagerEngine> {
    const { backend, device } = await startBackend(kind);
    return new EagerEngine({ kind, name: `tfjs ${tf.version_core} (${kind})`, ...device, threads: 1 }, backend);
  }

  async trainer(spec: TrainerSpec): Promise<EagerTrainer> {
    if (spec.precision !== 'float32') {
      throw new EngineError(`${this.info.name} trains in float32 only, not in ${spec.precision}`, {
        hint: 'Leave --precision out, or use --device cpu or gpu.',
      });
    }
    return new EagerTrainer(spec, this.backend);
  }

  async inspector(model: Model, weights: NamedTensors): Promise<EagerInspector> {
    return new EagerInspector(this.backend, model, weights);
  }
}
