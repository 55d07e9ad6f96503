import { UsageError } from '../errors.js';
import type { BuiltLayer } from './layer.js';
import type { BuildContext, LayerDefinition } from './layers/definition.js';
import { type LayerConfig, type PlainLayerConfig, plainLayers } from './layers/registry.js';
import { residual } from './layers/residual.js';
import type { Model } from './model.js';
import { RESERVED_NAMES } from './state-names.js';
import { type Shape, sizeOf } from './tensors.js';

/** What a model is built from: the part of a config that says what it computes. */
export interface ModelDefinition {
  readonly name: string;
  readonly layers: readonly LayerConfig[];
}

/** What a model takes in and tells apart: a data set's. */
export interface ModelInput {
  /** [height, width, channels]. */
  readonly inputShape: Shape;
  readonly classes: number;
}

/** Thrown for the first layer that does not fit: what follows it has no known input shape. */
class MisfitError extends Error {}

/**
 * Builds the model of a parsed config: names, shapes, weights and the forward pass to logits.
 * @throws UsageError naming the layer and field of each problem: names that clash, a layer that does not fit its
 *   input, an ending other than a softmax over the classes.
 */
export function buildModel(definition: ModelDefinition, { inputShape, classes }: ModelInput): Model {
  const problems: string[] = [];
  const layers = attempt(problems, () =>
    buildLayers(
      stripSoftmax(definition.layers, classes, problems),
      inputShape,
      { prefix: '', path: 'layers' },
      problems,
    ),
  );
  const last = layers?.at(-1);
  if (last && problems.length === 0 && (last.outputShape.length !== 1 || last.outputShape[0] !== classes)) {
    problems.push(
      `layers[${definition.layers.length - 1}] (${last.name}): the model must end in ${classes} classes, as many as the data set has, but its output is [${last.outputShape.join(', ')}]${last.type === 'dense' ? `: set its units to ${classes} or leave them out` : ''}`,
    );
  }
  if (!layers || problems.length > 0) {
    throw new UsageError(`model "${definition.name}" does not fit together`, { problems });
  }

  const weights = layers.flatMap((layer) => layer.weights);
  const trainable = weights.filter((spec) => spec.trainable);
  const parametersOf = (specs: typeof weights) => specs.reduce((sum, { shape }) => sum + sizeOf(shape), 0);
  return {
    name: definition.name,
    inputShape,
    classes,
    layers,
    weights,
    trainable,
    parameters: { total: parametersOf(weights), trainable: parametersOf(trainable) },
    flops: layers.reduce((sum, layer) => sum + layer.flops, 0),
    logits: (ops, images, weight) => layers.reduce((x, layer) => layer.forward(ops, x, weight), images),
  };
}

/** The same layers with the final softmax made linear: it is computed together with the loss. */
function stripSoftmax(layers: readonly LayerConfig[], classes: number, problems: string[]): readonly LayerConfig[] {
  const last = layers.at(-1);
  const ends = last && (last.type === 'dense' || last.type === 'activation') && last.activation === 'softmax';
  if (!ends) {
    const found = last ? `layers[${layers.length - 1}] is ${last.type}` : 'there are no layers';
    problems.push(
      `layers: the model must end in a softmax over ${classes} classes, as the activation of a dense layer or as an activation layer, but ${found}${last && 'activation' in last ? ` with activation "${last.activation}"` : ''}`,
    );
    return layers;
  }
  return [...layers.slice(0, -1), { ...last, activation: 'linear' }];
}

interface Place {
  /** `` or `<block>/`. */
  readonly prefix: string;
  /** Where the array stands in the config, e.g. `layers` or `layers[3].layers`. */
  readonly path: string;
}

function buildLayers(
  configs: readonly LayerConfig[],
  inputShape: Shape,
  { prefix, path }: Place,
  problems: string[],
): BuiltLayer[] {
  const names = nameLayers(configs, prefix === '', path, problems);
  let shape = inputShape;
  return configs.map((config, i) => {
    const place = `${path}[${i}]`;
    const context: BuildContext = {
      name: `${prefix}${names[i]}`,
      inputShape: shape,
      first: prefix === '' && i === 0,
      fail: (field, message) => {
        throw new MisfitError(`${place}.${field} (${prefix}${names[i]}): ${message}`);
      },
    };
    const layer = buildLayer(config, context, place, problems);
    shape = layer.outputShape;
    return layer;
  });
}

function buildLayer(config: LayerConfig, context: BuildContext, place: string, problems: string[]): BuiltLayer {
  if (config.type !== 'residual') return buildPlainLayer(config, context);
  const inside = { prefix: `${context.name}/`, path: `${place}.layers` };
  const layers = buildLayers(config.layers, context.inputShape, inside, problems);
  return residual.build({ ...config, layers }, context);
}

function buildPlainLayer(config: PlainLayerConfig, context: BuildContext): BuiltLayer {
  // TypeScript does not follow that the definition found by `type` takes the options with that `type`.
  const definition = plainLayers[config.type] as LayerDefinition<PlainLayerConfig>;
  return definition.build(config, context);
}

/** The configs' own names, else `<type>_<n>`, n counting the type's layers from 1. */
function nameLayers(configs: readonly LayerConfig[], top: boolean, path: string, problems: string[]): string[] {
  const counts = new Map<string, number>();
  const seen = new Map<string, number>();
  return configs.map(({ type, name: own }, i) => {
    const n = (counts.get(type) ?? 0) + 1;
    counts.set(type, n);
    const name = own ?? `${type}_${n}`;
    const earlier = seen.get(name);
    if (earlier !== undefined)
      problems.push(`${path}[${i}].name: "${name}" is already the name of ${path}[${earlier}]`);
    if (top && RESERVED_NAMES.has(name)) problems.push(`${path}[${i}].name: "${name}" is reserved, choose another`);
    // The block's own shortcut convolution is called so.
    if (!top && name === 'projection') problems.push(`${path}[${i}].name: "projection" is reserved, choose another`);
    seen.set(name, i);
    return name;
  });
}

function attempt<T>(problems: string[], build: () => T): T | undefined {
  try {
    return build();
  } catch (error) {
    if (!(error instanceof MisfitError)) throw error;
    problems.push(error.message);
    return undefined;
  }
}
