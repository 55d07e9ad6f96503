import { DEFAULT_MODEL } from '../config/defaults.js';
import { type ConfigFlags, resolveConfig } from '../config/resolve.js';
import type { Context } from '../context.js';
import { fashionMnist } from '../datasets/fashion-mnist.js';
import { modelInput } from '../datasets/spec.js';
import { buildModel } from '../model/build.js';
import { type Benchmark, benchmark } from '../training/benchmark.js';
import { type EngineChoice, openEngine } from './open-engine.js';

export interface BenchRequest extends ConfigFlags, EngineChoice {
  /** Steps to time, after a warm-up. */
  readonly steps: number;
}

/** Times training steps of a model on this machine. */
export async function bench(request: BenchRequest, context: Context): Promise<Benchmark> {
  const input = modelInput(fashionMnist);
  const config = resolveConfig(request, DEFAULT_MODEL, input);
  const { precision = 'float32', steps } = request;
  const { engine } = await openEngine(request, context);
  return benchmark({
    engine,
    model: buildModel(config, input),
    optimizer: config.optimizer,
    learningRate: config.optimizer.learningRate,
    batchSize: config.training.batchSize,
    precision,
    steps,
  });
}
