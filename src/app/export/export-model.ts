import path from 'node:path';
import type { Context } from '../../context.js';
import { modelInput } from '../../datasets/spec.js';
import { UsageError } from '../../errors.js';
import type { ExportFormat, Input, OptimizerState, TrainedClassifier } from '../../export/format.js';
import { FORMATS, type FormatName } from '../../export/formats.js';
import type { ExportReport } from '../../export/report.js';
import { requireFree, writeExport } from '../../export/write.js';
import type { LabelledImages } from '../../image.js';
import { buildModel } from '../../model/build.js';
import { fitWeights } from '../../model/fit-weights.js';
import type { TrainedModel } from '../../runs/weights.js';
import { type DataChoice, datasetFor, descriptionFor, openData } from '../open-data.js';
import { chooseTrainedModel, type TrainedModelChoice } from '../trained-model.js';
import type { Runtime } from './runtime.js';
import { runtimeOf, verify } from './verify.js';

export interface ExportRequest extends Omit<TrainedModelChoice, 'ema' | 'checkpoint'>, DataChoice {
  readonly format: FormatName;
  /** `ema`: the averages of the last checkpoint. */
  readonly checkpoint?: 'best' | 'last' | 'ema' | undefined;
  /** Where to; undefined for the model's name and the format's ending in the current folder. */
  readonly out?: string | undefined;
  readonly input: Input;
  readonly force: boolean;
  /** Undefined: where a runtime is at hand. */
  readonly verify?: boolean | undefined;
}

/**
 * Writes a trained model in a format, whole or not at all, and compares it with the engine where it can run here.
 *
 * @throws UsageError, DataError, EngineError
 */
export async function exportModel(request: ExportRequest, context: Context): Promise<ExportReport> {
  const { format, input, force } = request;
  const runtime = await chosenRuntime(request, context);
  const ema = request.checkpoint === 'ema';
  const checkpoint = request.checkpoint === 'ema' ? 'last' : request.checkpoint;
  const slots = format === 'keras' && !ema;
  const trained = await chooseTrainedModel({ ...request, checkpoint, ema, slots }, context);
  const { config } = trained;
  const { imageShape, classes, onBlack } = descriptionFor(request.data, trained.settings?.dataset);
  const model = buildModel(config, modelInput({ imageShape, classes }));
  const classifier: TrainedClassifier = {
    config,
    model,
    weights: fitWeights(model, trained.weights, trained.path),
    classes,
    onBlack,
    input,
    optimizer: slots ? optimizerState(trained) : undefined,
  };
  // The table's entries differ in their words alone.
  const { kind, suffix, encode }: ExportFormat = FORMATS[format];
  const out = request.out ?? `${config.name}${suffix}`;
  await requireFree(out, kind, force);
  const images = testImages(request, trained, context);
  const bytes = await writeExport(out, await encode(classifier, images), { kind, force });
  const verified =
    typeof runtime === 'string'
      ? undefined
      : await verify({ runtime, out, classifier, images: await images() }, context);
  return {
    model: config.name,
    weights: trained.path,
    format,
    out: path.normalize(out),
    bytes,
    input,
    verified,
    unverified: typeof runtime === 'string' ? runtime : undefined,
  };
}

/** What will run the export, or why nothing does. */
async function chosenRuntime({ format, verify: wanted }: ExportRequest, context: Context): Promise<Runtime | string> {
  if (wanted === false) return 'by --no-verify';
  const runtime = await runtimeOf(format, context);
  if (typeof runtime !== 'string' || wanted === undefined) return runtime;
  throw new UsageError(`--verify cannot run ${format} here: ${runtime}`, { hint: 'Leave --verify out.' });
}

function optimizerState({ tensors, progress }: TrainedModel): OptimizerState | undefined {
  return progress && { slots: tensors, ...progress };
}

/** The test images, read when somebody asks for them. */
function testImages(
  request: ExportRequest,
  { settings }: TrainedModel,
  context: Context,
): () => Promise<LabelledImages> {
  let reading: Promise<LabelledImages> | undefined;
  return () => {
    reading ??= openData(datasetFor(request.data, settings?.dataset), request, context).then(({ test }) => test);
    return reading;
  };
}
