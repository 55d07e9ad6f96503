import { type Engine, PLAIN_TRAINING, type Precision, type Trainer } from '../engine/engine.js';
import { initialWeights } from '../model/initializers.js';
import type { Model } from '../model/model.js';
import { sizeOf } from '../model/tensors.js';
import type { OptimizerSpec } from '../optimizers/registry.js';
import { stepsPerCall } from './loop/steps.js';

export interface BenchmarkOptions {
  readonly engine: Engine;
  readonly model: Model;
  readonly optimizer: OptimizerSpec;
  readonly learningRate: number;
  readonly batchSize: number;
  readonly precision: Precision;
  /** Steps that are timed, in `BLOCKS` equal blocks after a warm-up. */
  readonly steps: number;
}

/** What `fmnist bench --json` prints. */
export interface Benchmark {
  readonly model: string;
  readonly precision: Precision;
  /** e.g. `cpu: AMD EPYC, 2 threads`. */
  readonly device: string;
  readonly engine: string;
  readonly batchSize: number;
  readonly steps: number;
  /** Median, least and most of the blocks. */
  readonly msPerStep: { readonly median: number; readonly min: number; readonly max: number };
  readonly imagesPerSecond: number;
  /** Arithmetic of convolutions and matrix products alone, a step counted as three forward passes. */
  readonly gflops: number;
  /** What a large matrix product reaches on the same engine; null where the engine cannot measure it. */
  readonly peakGflops: number | null;
  readonly peakMemoryBytes: number;
  /** From the start of the process to the end of the first step, the graph's optimisation included. */
  readonly secondsToFirstStep: number;
}

const BLOCKS = 5;
const WARM_UP_CALLS = 3;
/** Made-up images: the time of a step does not depend on what they show. */
const IMAGES = 2048;

/** Times training steps on an engine. */
export async function benchmark(options: BenchmarkOptions): Promise<Benchmark> {
  const { engine, model, optimizer, batchSize, precision } = options;
  const calls = stepsPerCall(engine.info);
  const trainer = await engine.trainer({
    ...PLAIN_TRAINING,
    model,
    optimizer,
    batchSize,
    precision,
    seed: 1,
    pool: {
      images: Uint8Array.from({ length: IMAGES * sizeOf(model.inputShape) }, (_, i) => Math.imul(i, 2654435761) >>> 24),
      labels: Uint8Array.from({ length: IMAGES }, (_, i) => i % model.classes),
    },
    stepsPerCall: calls,
  });
  try {
    await trainer.setWeights(initialWeights(model, 1));
    const run = stepper(trainer, options, calls);
    await run(1);
    const secondsToFirstStep = performance.now() / 1000;
    await run(WARM_UP_CALLS * calls);
    const blocks: number[] = [];
    for (let i = 0; i < BLOCKS; i++) {
      const start = performance.now();
      const steps = Math.ceil(options.steps / BLOCKS / calls) * calls;
      await run(steps);
      blocks.push((performance.now() - start) / steps);
    }
    const [min, , median, , max] = blocks.toSorted((a, b) => a - b) as [number, number, number, number, number];
    const peak = await engine.matMulFlops?.(precision);
    return {
      model: model.name,
      precision,
      device: `${engine.info.device}: ${engine.info.deviceName}, ${engine.info.threads} threads`,
      engine: engine.info.name,
      batchSize,
      steps: options.steps,
      msPerStep: { median, min, max },
      imagesPerSecond: (batchSize / median) * 1000,
      gflops: (3 * model.flops * batchSize) / median / 1e6,
      peakGflops: peak === undefined ? null : peak / 1e9,
      peakMemoryBytes: process.resourceUsage().maxRSS * 1024,
      secondsToFirstStep,
    };
  } finally {
    trainer.dispose();
  }
}

/** Runs `count` further steps, each on the next images, `calls` at a time as training does. */
function stepper(trainer: Trainer, { batchSize, learningRate }: BenchmarkOptions, calls: number) {
  let step = 0;
  const next = () => {
    const from = step * batchSize;
    const indices = Int32Array.from({ length: batchSize }, (_, n) => (from + n) % IMAGES);
    return { indices, step: step++, learningRate };
  };
  return async (count: number): Promise<void> => {
    for (let done = 0; done < count; done += calls) {
      await trainer.train(Array.from({ length: Math.min(calls, count - done) }, next));
    }
  };
}
