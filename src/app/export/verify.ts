import type { Context } from '../../context.js';
import { PLAIN_TRAINING } from '../../engine/engine.js';
import { DataError } from '../../errors.js';
import type { TrainedClassifier } from '../../export/format.js';
import type { FormatName } from '../../export/formats.js';
import type { Verification } from '../../export/report.js';
import type { LabelledImages } from '../../image.js';
import { sizeOf, sourceOf } from '../../model/tensors.js';
import { openEngine } from '../open-engine.js';
import { onnxRuntime } from './onnx-runtime.js';
import type { OpenRuntime, Runtime } from './runtime.js';
import { tensorFlowRuntime } from './tensorflow-runtime.js';
import { tfjsRuntime } from './tfjs-runtime.js';

const PYTHON = 'it takes Python to run it';

const RUNTIMES = {
  keras: async () => PYTHON,
  tfjs: tfjsRuntime(''),
  'saved-model': tensorFlowRuntime,
  onnx: onnxRuntime,
  torch: async () => PYTHON,
  safetensors: async () => 'weights alone are nothing to run',
  page: tfjsRuntime('model'),
} satisfies Record<FormatName, OpenRuntime>;

export function runtimeOf(format: FormatName, context: Context): Promise<Runtime | string> {
  // Some need nothing of the context.
  const open: OpenRuntime = RUNTIMES[format];
  return open(context);
}

const IMAGES = 256;
/** Rounding alone stays far below. */
const TOLERANCE = 1e-3;

interface VerifyRequest {
  readonly runtime: Runtime;
  readonly out: string;
  readonly classifier: TrainedClassifier;
  readonly images: LabelledImages;
}

/**
 * Runs an export on test images and compares its probabilities with those of an engine, in float32.
 *
 * @throws DataError when they differ by more than rounding
 */
export async function verify(
  { runtime, out, classifier, images: { images, labels } }: VerifyRequest,
  context: Context,
): Promise<Verification> {
  const count = Math.min(IMAGES, labels.length);
  const first = images.subarray(0, count * sizeOf(classifier.model.inputShape));
  const found = await runtime.run(out, classifier, first);
  // What is in place will do: a check downloads nothing.
  const { engine } = await openEngine({ device: 'auto', offline: true }, context);
  const expected = await engineProbabilities(engine, classifier, first);
  const { classes } = classifier.model;
  const difference = expected.reduce((most, value, i) => Math.max(most, Math.abs(value - (found[i] ?? Number.NaN))), 0);
  const best = (all: Float32Array, i: number) => {
    const row = all.subarray(i * classes, (i + 1) * classes);
    return row.indexOf(Math.max(...row));
  };
  const same = Array.from({ length: count }, (_, i) => best(found, i) === best(expected, i)).filter(Boolean).length;
  if (!(difference <= TOLERANCE)) {
    throw new DataError(`${out} gives other probabilities in ${runtime.name} than here: they differ by ${difference}`, {
      hint: "Do not use it; please report this with the model's config.",
    });
  }
  return { runtime: runtime.name, engine: engine.info.name, images: count, difference, sameClass: same };
}

async function engineProbabilities(
  engine: Awaited<ReturnType<typeof openEngine>>['engine'],
  { config, model, weights }: TrainedClassifier,
  images: Uint8Array,
): Promise<Float32Array> {
  const pool = { images, labels: new Uint8Array(images.length / sizeOf(model.inputShape)) };
  const spec = { ...PLAIN_TRAINING, model, optimizer: config.optimizer, precision: 'float32', seed: 0, pool } as const;
  const trainer = await engine.trainer({ ...spec, batchSize: config.training.batchSize });
  await trainer.setWeights(sourceOf(weights));
  const probabilities = await trainer.predict(images);
  trainer.dispose();
  return probabilities;
}
