import type { Context } from '../context.js';
import { correlate, FILTERS, type FilterName } from '../data/pictures/filters.js';
import { modelInput } from '../datasets/spec.js';
import type { Inspector } from '../engine/engine.js';
import { UsageError } from '../errors.js';
import type { Image } from '../image.js';
import { buildModel } from '../model/build.js';
import { fitWeights } from '../model/fit-weights.js';
import type { BuiltLayer } from '../model/layer.js';
import type { Model } from '../model/model.js';
import type { NamedTensor, NamedTensors } from '../model/tensors.js';
import { convolutions, splitKernels } from '../report/filters.js';
import { gradCam, saliencyMap } from '../report/saliency.js';
import { glowing, shaded } from '../report/shades.js';
import { didYouMean } from '../suggest.js';
import { openEngine } from './open-engine.js';
import type { TrainedModelRequest } from './open-trained.js';
import { readPictures } from './read-pictures.js';
import { chooseTrainedModel } from './trained-model.js';

export interface FeaturesRequest extends Omit<TrainedModelRequest, 'run'> {
  /** None where a filter alone is looked at. */
  readonly run: string | undefined;
  /** A file, or the number of a test image. */
  readonly image: string;
  /** Which layer's maps; undefined for the first convolution. */
  readonly layer: string | undefined;
  readonly filter: FilterName | undefined;
  readonly saliency: boolean;
}

/** A few pictures that belong together. */
export interface FeatureSection {
  readonly title: string;
  readonly pictures: readonly (Image & { readonly label?: string })[];
}

export interface Features {
  /** As it was named. */
  readonly image: string;
  readonly layer: string | undefined;
  readonly filter: FilterName | undefined;
  /** What the model takes the image for; undefined where no model was asked. */
  readonly predicted: { readonly name: string; readonly score: number } | undefined;
  readonly sections: readonly FeatureSection[];
  /** The numbers behind the pictures. */
  readonly values: Readonly<Record<string, NamedTensor>>;
}

/**
 * What filters make of an image: those written by hand, those that a model has learned, and which pixels decided.
 *
 * @throws UsageError, DataError, EngineError
 */
export async function features(request: FeaturesRequest, context: Context): Promise<Features> {
  const { run, filter } = request;
  if (run === undefined && filter === undefined) {
    throw new UsageError('whose features? Name a run, or a filter with --filter', {
      hint: 'For example: $0 features last, or $0 features --filter sobel-x',
    });
  }
  const trained = run === undefined ? undefined : await chooseTrainedModel({ ...request, run }, context);
  const { dataset, inputs } = await readPictures([request.image], trained, request, context);
  const [input] = inputs;
  if (input === undefined) throw new Error('no image was read');
  const { image, actual } = input;
  const original = { title: input.input, pictures: [{ ...image, ...(actual !== undefined && { label: actual }) }] };
  const byHand = filter === undefined ? undefined : filtered(image, filter);
  const known = { image: input.input, filter };
  if (trained === undefined) {
    const sections = [original, ...(byHand === undefined ? [] : [byHand.section])];
    return { ...known, layer: undefined, predicted: undefined, sections, values: { ...byHand?.values } };
  }
  const model = buildModel(trained.config, modelInput(dataset));
  const weights = fitWeights(model, trained.weights, trained.path);
  const layer = chooseLayer(model, request);
  const { engine } = await openEngine(request, context);
  const inspector = await engine.inspector(model, weights);
  try {
    const learned = layer && (await learnedFeatures(inspector, layer, weights, image));
    const predicted = await prediction(inspector, model, image, dataset.classes);
    const decided = request.saliency ? await deciding(inspector, model, image, predicted) : undefined;
    const parts = [byHand, learned, decided].flatMap((part) => part ?? []);
    return {
      ...known,
      layer: layer?.name,
      predicted: { name: predicted.name, score: predicted.score },
      sections: [original, ...parts.map(({ section }) => section)],
      values: Object.assign({}, ...parts.map(({ values }) => values)),
    };
  } finally {
    inspector.dispose();
  }
}

interface Part {
  readonly section: FeatureSection;
  readonly values: Readonly<Record<string, NamedTensor>>;
}

function filtered({ shape, pixels }: Image, name: FilterName): Part {
  const [height, width, channels] = shape;
  // Filters by hand see grey: the mean of the channels, from 0 to 1.
  const grey = Float32Array.from({ length: height * width }, (_, i) => {
    return pixels.subarray(i * channels, (i + 1) * channels).reduce((sum, value) => sum + value, 0) / channels / 255;
  });
  const kernel = FILTERS[name];
  const values = correlate(grey, [height, width], kernel);
  const weights = Float32Array.from(kernel.flat());
  return {
    section: {
      title: `${name}, written by hand: the kernel and what it makes of the image`,
      pictures: [
        { ...enlarged(shaded(weights, 3, 3)), label: 'kernel' },
        { ...shaded(values, height, width), label: name },
      ],
    },
    values: { [name]: { shape: [height, width], data: values } },
  };
}

/** The layer whose maps are shown; undefined where the model has none that gives images, and other things are asked for. */
function chooseLayer(model: Model, { layer: name, filter, saliency }: FeaturesRequest): BuiltLayer | undefined {
  const all = layersOf(model).filter(({ outputShape }) => outputShape.length === 3);
  if (all.length === 0) {
    if (name === undefined && (filter !== undefined || saliency)) return undefined;
    throw new UsageError('no layer of this model gives images', {
      hint: 'Which pixels decided can be shown all the same: --saliency',
    });
  }
  const wanted = name === undefined ? (convolutions(model)[0] ?? all[0]) : all.find((layer) => layer.name === name);
  if (wanted !== undefined) return wanted;
  const names = all.map((layer) => layer.name);
  throw new UsageError(`the model has no layer "${name}" that gives images${didYouMean(name ?? '', names)}`, {
    hint: `Layers that give images: ${names.join(', ')}.`,
  });
}

function layersOf({ layers }: Pick<Model, 'layers'>): BuiltLayer[] {
  return layers.flatMap((layer) => [layer, ...layersOf({ layers: layer.children })]);
}

async function learnedFeatures(
  inspector: Inspector,
  layer: BuiltLayer,
  weights: NamedTensors,
  { pixels }: Image,
): Promise<Part> {
  const { name } = layer;
  const output = (await inspector.outputs(pixels, [name])).get(name);
  if (output === undefined) throw new Error(`no output of ${name}`);
  const maps = channelsOf(output);
  const kernel = weights.get(`${name}/kernel`);
  const kernels = layer.type === 'conv2d' && kernel !== undefined ? splitKernels(kernel) : undefined;
  const [kernelHeight = 1, kernelWidth = 1] = kernel?.shape ?? [];
  const pictures = maps.flatMap(({ values, height, width }, i) => {
    const map = { ...shaded(values, height, width), label: String(i) };
    const own = kernels?.[i];
    return own === undefined ? [map] : [{ ...enlarged(shaded(own, kernelHeight, kernelWidth)), label: `${i}` }, map];
  });
  const what = kernels === undefined ? 'its feature maps' : 'each kernel and the feature map that it makes';
  return {
    section: { title: `${name}, learned: ${what}`, pictures },
    values: { [name]: { shape: output.shape.slice(1), data: output.data } },
  };
}

/** [1, height, width, channels] → one [height, width] a channel. */
function channelsOf({ shape, data }: NamedTensor): { values: Float32Array; height: number; width: number }[] {
  const [, height = 1, width = 1, channels = 1] = shape;
  return Array.from({ length: channels }, (_, c) => ({
    values: Float32Array.from({ length: height * width }, (_, i) => data[i * channels + c] ?? 0),
    height,
    width,
  }));
}

async function prediction(inspector: Inspector, model: Model, { pixels }: Image, classes: readonly string[]) {
  const last = model.layers.at(-1)?.name ?? '';
  const scores = (await inspector.outputs(pixels, [last])).get(last)?.data ?? new Float32Array();
  const label = scores.reduce((best, value, i) => (value > (scores[best] ?? 0) ? i : best), 0);
  return { label, name: classes[label] ?? String(label), score: scores[label] ?? Number.NaN };
}

async function deciding(
  inspector: Inspector,
  model: Model,
  image: Image,
  { label, name }: { label: number; name: string },
): Promise<Part> {
  const [height, width] = image.shape;
  const last = convolutions(model).at(-1);
  const layer = last?.name ?? model.layers[0]?.name ?? '';
  const { pixels, output, gradient } = await inspector.sensitivity(image.pixels, label, layer);
  const salient = saliencyMap(pixels);
  const cam = last === undefined ? undefined : gradCam(output, gradient, height, width);
  return {
    section: {
      title: `which pixels decided for ${name}`,
      pictures: [
        { ...shaded(salient, height, width), label: 'gradient' },
        ...(cam === undefined ? [] : [{ ...glowing(image, cam), label: 'Grad-CAM' }]),
      ],
    },
    values: {
      saliency: { shape: [height, width], data: salient },
      ...(cam && { gradCam: { shape: [height, width], data: cam } }),
    },
  };
}

/** A kernel as large as pictures are. */
function enlarged({ shape, pixels }: Image): Image {
  const [height, width, channels] = shape;
  const by = Math.max(1, Math.floor(27 / Math.max(height, width)));
  const large = new Uint8Array(height * width * channels * by * by);
  for (let i = 0; i < large.length; i++) {
    const [at, c] = [Math.floor(i / channels), i % channels];
    const [row, column] = [Math.floor(at / (width * by)), at % (width * by)];
    large[i] = pixels[(Math.floor(row / by) * width + Math.floor(column / by)) * channels + c] ?? 0;
  }
  return { shape: [height * by, width * by, channels], pixels: large };
}
