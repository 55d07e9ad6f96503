import type { BuiltLayer, WeightLookup, WeightSpec } from '../model/layer.js';
import type { LayerConfig, PlainLayerConfig } from '../model/layers/registry.js';
import { projectionConfig } from '../model/layers/residual.js';
import type { Ops } from '../model/ops.js';
import type { Shape } from '../model/tensors.js';
import type { TrainedClassifier } from './format.js';

/** Adds the two ways through a residual block. */
export interface AddConfig {
  readonly type: 'add';
}

/** One layer of a model whose blocks are opened. */
export interface NetworkLayer {
  /** Unique in the network and free of slashes, which most formats forbid: `block.conv2d_1`. */
  readonly name: string;
  readonly config: PlainLayerConfig | AddConfig;
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
 * blocks. Residual blocks become their layers and an `add`.
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
    return config.type === 'residual' ? block(config.layers, layer, from, append) : plain(config, layer, from, append);
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
  return append({
    path: `${layer.name}/add`,
    config: { type: 'add' },
    inputs: [main, shortcut],
    inputShape: layer.outputShape,
    outputShape: layer.outputShape,
    weights: [],
    forward: (ops, [x, shortcut = x]) => ops.add(x, shortcut),
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
