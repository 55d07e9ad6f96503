import type { Model } from '../../model/model.js';
import type { NamedTensors } from '../../model/tensors.js';
import type { Engine, EngineInfo, Precision, TrainerSpec } from '../engine.js';
import type { TensorFlowBinding } from '../native/binding/binding.js';
import { compiles } from './function.js';
import { GraphInspector } from './inspect.js';
import { matMulFlops } from './peak.js';
import { GraphTrainer } from './trainer.js';

/** A GPU has more to fill, and waits between calls. */
const GPU_EVALUATION_BATCH = 1000;

/** Trains whole steps as one graph in native TensorFlow. */
export class GraphEngine implements Engine {
  #compiles: boolean | undefined;

  /** @param amx whether it runs on a CPU that has AMX for bfloat16 */
  constructor(
    private readonly binding: TensorFlowBinding,
    readonly info: EngineInfo,
    private readonly amx: boolean,
  ) {}

  async trainer(spec: TrainerSpec): Promise<GraphTrainer> {
    const { device, deterministic = false, jitCompile = false } = this.info;
    return new GraphTrainer(this.binding, spec, {
      crossEntropy: deterministic ? 'plain' : 'kernel',
      jitCompile,
      machine: {
        compilesLoops: () => this.#compilesLoops(),
        amx: this.amx,
        gpu: device === 'gpu',
        xla: false,
      },
      ...(device === 'gpu' && { evaluationBatch: GPU_EVALUATION_BATCH }),
    });
  }

  #compilesLoops(): boolean {
    this.#compiles ??= this.info.device === 'cpu' && compiles(this.binding);
    return this.#compiles;
  }

  async inspector(model: Model, weights: NamedTensors): Promise<GraphInspector> {
    return new GraphInspector(this.binding, model, weights);
  }

  async matMulFlops(precision: Precision): Promise<number> {
    return matMulFlops(this.binding, precision);
  }
}
