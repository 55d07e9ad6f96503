import { setImmediate } from 'node:timers/promises';
import { type Engine, type ImagePool, PLAIN_TRAINING, type Precision } from '../engine/engine.js';
import { initialWeights } from '../model/initializers.js';
import type { Model } from '../model/model.js';
import { sizeOf } from '../model/tensors.js';
import type { OptimizerSpec } from '../optimizers/registry.js';
import { stepsPerCall } from './loop/steps.js';

/** What is trained. */
export interface BenchmarkTraining {
  readonly engine: Engine;
  readonly model: Model;
  readonly optimizer: OptimizerSpec;
  readonly learningRate: number;
  readonly batchSize: number;
  readonly precision: Precision;
}

export interface BenchmarkOptions extends BenchmarkTraining {
  /** Least number of steps that are timed, in `BLOCKS` equal blocks of whole calls after a warm-up. */
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

/** Times plain training steps on an engine: nothing is augmented, clipped, smoothed or averaged, whatever a config asks. */
export async function benchmark(options: BenchmarkOptions): Promise<Benchmark> {
  const { engine, model, batchSize, precision } = options;
  const calls = stepsPerCall(engine.info);
  const { run, dispose } = await startSteps(options, madeUpImages(model));
  try {
    await run(1);
    const secondsToFirstStep = performance.now() / 1000;
    await run(WARM_UP_CALLS * calls);
    const steps = Math.ceil(options.steps / BLOCKS / calls) * calls;
    const blocks: number[] = [];
    for (let i = 0; i < BLOCKS; i++) {
      const start = performance.now();
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
      steps: BLOCKS * steps,
      msPerStep: { median, min, max },
      imagesPerSecond: (batchSize / median) * 1000,
      gflops: (3 * model.flops * batchSize) / median / 1e6,
      peakGflops: peak === undefined ? null : peak / 1e9,
      peakMemoryBytes: process.resourceUsage().maxRSS * 1024,
      secondsToFirstStep,
    };
  } finally {
    dispose();
  }
}

function madeUpImages({ inputShape, classes }: Model): ImagePool {
  return {
    images: Uint8Array.from({ length: IMAGES * sizeOf(inputShape) }, (_, i) => Math.imul(i, 2654435761) >>> 24),
    labels: Uint8Array.from({ length: IMAGES }, (_, i) => i % classes),
  };
}

/** A model in training, one step after the other. */
export interface Steps {
  /** Runs so many further steps, each on the next images, as many in a call as training does. */
  run(count: number): Promise<void>;
  dispose(): void;
}

/** A trainer with first weights that is ready for steps on the pool's images. */
export async function startSteps(
  { engine, model, optimizer, learningRate, batchSize, precision }: BenchmarkTraining,
  pool: ImagePool,
): Promise<Steps> {
  const calls = stepsPerCall(engine.info);
  const spec = { ...PLAIN_TRAINING, model, optimizer, batchSize, precision, seed: 1, pool, stepsPerCall: calls };
  const trainer = await engine.trainer(spec);
  const sample = { images: pool.images.subarray(0, batchSize * sizeOf(model.inputShape)), shape: model.inputShape };
  await trainer.setWeights(initialWeights(model, 1, sample));
  const images = pool.labels.length;
  let step = 0;
  const next = () => {
    const from = step * batchSize;
    const indices = Int32Array.from({ length: batchSize }, (_, n) => (from + n) % images);
    return { indices, step: step++, learningRate };
  };
  return {
    async run(count) {
      for (let done = 0; done < count; done += calls) {
        await trainer.train(Array.from({ length: Math.min(calls, count - done) }, next));
        // The native engine blocks the event loop: here signals get their turn.
        await setImmediate();
      }
    },
    dispose: () => trainer.dispose(),
  };
}
