import type { Engine, EngineInfo, Precision, TrainerSpec } from '../engine.js';
import type { TensorFlowBinding } from '../native/binding.js';
import { Graph } from './graph.js';
import { transformed } from './images.js';
import { matMulFlops } from './peak.js';
import { Session } from './session.js';
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

  async transform(images: Float32Array, transforms: Float32Array): Promise<Float32Array> {
    const side = 28;
    const graph = new Graph();
    const [pixels, rows] = [graph.placeholder('float', [-1, side, side, 1]), graph.placeholder('float', [-1, 8])];
    const output = transformed(graph, pixels, rows);
    const session = new Session(this.binding, graph);
    try {
      const n = transforms.length / 8;
      const feeds = [[pixels, images, [n, side, side, 1]] as const, [rows, transforms, [n, 8]] as const];
      return session.run(feeds, [output])[0] as Float32Array;
    } finally {
      session.dispose();
    }
  }

  async matMulFlops(precision: Precision): Promise<number> {
    return matMulFlops(this.binding, precision);
  }

  /** TensorFlow itself stays loaded until the process ends. */
  dispose(): void {}
}
