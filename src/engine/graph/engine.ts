import type { Engine, EngineInfo, Precision, TrainerSpec } from '../engine.js';
import type { TensorFlowBinding } from '../native/binding/binding.js';
import { matMulFlops } from './peak.js';
import { GraphTrainer } from './trainer.js';

/** Trains whole steps as one graph in native TensorFlow. */
export class GraphEngine implements Engine {
  private constructor(
    private readonly binding: TensorFlowBinding,
    readonly info: EngineInfo,
  ) {}

  static create(binding: TensorFlowBinding, info: EngineInfo): GraphEngine {
    return new GraphEngine(binding, info);
  }

  async trainer(spec: TrainerSpec): Promise<GraphTrainer> {
    return new GraphTrainer(this.binding, spec);
  }

  async matMulFlops(precision: Precision): Promise<number> {
    return matMulFlops(this.binding, precision);
  }
}
