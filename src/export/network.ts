import type { BuiltLayer, WeightLookup, WeightSpec } from '../model/layer.js';
import type { LayerDefinition, Operation } from '../model/layers/definition.js';
import { type LayerConfig, type PlainLayerConfig, plainLayers } from '../model/layers/registry.js';
import { projectionConfig } from '../model/layers/residual.js';
import type { Ops } from '../model/ops.js';
import type { Shape } from '../model/tensors.js';
import type { TrainedClassifier } from './format.js';

/** One layer of a model whose blocks are opened. */
export interface NetworkLayer {
  /** Unique in the network and free of slashes, which most formats forbid: `block.conv2d_1`. */
  readonly name: string;
  readonly config: PlainLayerConfig | Operation;
  /** Names of the layers it takes from, or {@link IMAGES}. */
  readonly inputs: readonly string[];
  readonly inputShape: Shape;
  readonly outputShape: Shape;
  /** With full names, as in the model. */
  readonly weights: readonly WeightSpec[];
  /** Without the softmax that ends the model. */
  forward<T>(ops: Ops<T>, inputs: readonly [T, ...T[]], weight: WeightLookup<T>): T;
}

/** The name of the network's input. */
export const IMAGES = 'images';

/**
 * The model as a list of layers, each after those it takes from, ending in the softmax: for formats that know no
 * blocks. Residual blocks become their layers and an `add`, and layers that no format has become their parts.
 */
export function networkOf({ config, model }: Pick<TrainedClassifier, 'config' | 'model'>): readonly NetworkLayer[] {
  const layers: NetworkLayer[] = [];
  const names = new Set([IMAGES]);
  const append = (layer: Omit<NetworkLayer, 'name'> & { readonly path: string }): string => {
    const { path, ...rest } = layer;
    let name = path.replaceAll('/', '.');
    while (names.has(name)) name += '_';
    names.add(name);
    layers.push({ name, ...rest });
    return name;
  };
  chain(config.layers, model.layers, IMAGES, append);
  return layers;
}

type Append = (layer: Omit<NetworkLayer, 'name'> & { readonly path: string }) => string;

/** @returns the name of the last layer */
function chain(configs: readonly LayerConfig[], built: readonly BuiltLayer[], input: string, append: Append): string {
  return configs.reduce((from, config, i) => {
    // Building makes one layer of each config, in order.
    const layer = built[i] as BuiltLayer;
    if (config.type === 'residual') return block(config.layers, layer, from, append);
    return opened(config, layer, from, append) ?? plain(config, layer, from, append);
  }, input);
}

function plain(config: PlainLayerConfig, layer: BuiltLayer, from: string, append: Append): string {
  const { name, inputShape, outputShape, weights } = layer;
  return append({
    path: name,
    config,
    inputs: [from],
    inputShape,
    outputShape,
    weights,
    forward: (ops, [x], weight) => layer.forward(ops, x, weight),
  });
}

function block(configs: readonly LayerConfig[], layer: BuiltLayer, from: string, append: Append): string {
  const main = chain(configs, layer.children, from, append);
  const projection = layer.children[configs.length];
  const shortcut = projection
    ? plain(projectionConfig(layer.inputShape, layer.outputShape), projection, from, append)
    : from;
  return operation(`${layer.name}/add`, { type: 'add' }, [main, shortcut], layer.outputShape, append);
}

/** A layer as its parts; undefined for one that is exported as it is. */
function opened(config: PlainLayerConfig, layer: BuiltLayer, from: string, append: Append): string | undefined {
  const parts = definitionOf(config).parts?.(config, layer);
  if (parts === undefined) return undefined;
  const names = new Map([['', from]]);
  const shapes = new Map<string, Shape>([['', layer.inputShape]]);
  let last = from;
  for (const { name, config, inputs, outputShape } of parts) {
    const path = `${layer.name}/${name}`;
    // A part takes what came before it.
    const sources = inputs.map((input) => names.get(input) as string);
    const [inputShape = []] = inputs.map((input) => shapes.get(input) as Shape);
    last = isOperation(config)
      ? operation(path, config, sources, outputShape, append)
      : plain(
          config as PlainLayerConfig,
          build(config as PlainLayerConfig, path, inputShape),
          sources[0] ?? from,
          append,
        );
    names.set(name, last);
    shapes.set(name, outputShape);
  }
  return last;
}

function build(config: PlainLayerConfig, name: string, inputShape: Shape): BuiltLayer {
  const fail = (field: string, message: string) => {
    throw new Error(`${name}.${field}: ${message}`);
  };
  return definitionOf(config).build(config, { name, inputShape, first: false, fail });
}

function definitionOf({ type }: PlainLayerConfig): LayerDefinition<PlainLayerConfig> {
  // TypeScript does not follow that the definition found by `type` takes the options with that `type`.
  return plainLayers[type] as LayerDefinition<PlainLayerConfig>;
}

const OPERATIONS: { readonly [Type in Operation['type']]: <T>(ops: Ops<T>, x: T, other: T, shape: Shape) => T } = {
  add: (ops, x, other) => ops.add(x, other),
  multiply: (ops, x, other) => ops.mul(x, other),
  reshape: (ops, x, _other, shape) => ops.reshape(x, shape),
};

/** Whether it joins layers, and is none itself. */
export function isOperation(config: { readonly type: string }): config is Operation {
  return Object.hasOwn(OPERATIONS, config.type);
}

/** @param outputShape that of its first input too, but for a reshape */
function operation(
  path: string,
  config: Operation,
  inputs: readonly string[],
  outputShape: Shape,
  append: Append,
): string {
  return append({
    path,
    config,
    inputs,
    inputShape: outputShape,
    outputShape,
    weights: [],
    forward: (ops, [x, other = x]) => OPERATIONS[config.type](ops, x, other, outputShape),
  });
}

/**
 * Runs the images through the network in `ops`.
 *
 * @param enter hears of each layer before its operations
 * @returns the logits
 */
export function walk<T>(
  network: readonly NetworkLayer[],
  ops: Ops<T>,
  images: T,
  weight: WeightLookup<T>,
  enter: (layer: NetworkLayer) => void = () => {},
): T {
  const values = new Map([[IMAGES, images]]);
  let last = images;
  for (const layer of network) {
    enter(layer);
    // Layers come after those they take from.
    const inputs = layer.inputs.map((name) => values.get(name) as T) as [T, ...T[]];
    last = layer.forward(ops, inputs, weight);
    values.set(layer.name, last);
  }
  return last;
}
