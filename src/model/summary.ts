import type { BuiltLayer } from './layer.js';
import type { Model } from './model.js';
import { type Shape, sizeOf } from './tensors.js';

/** One row of a summary; memory in bytes, for one image. */
export interface LayerSummary {
  readonly name: string;
  /** Keras' class name. */
  readonly type: string;
  readonly outputShape: Shape;
  readonly parameters: number;
  readonly weightBytes: number;
  readonly activationBytes: number;
  readonly flops: number;
  /** 0 at the top, 1 inside a block, and so on. */
  readonly depth: number;
}

export interface ModelSummary {
  readonly name: string;
  readonly inputShape: Shape;
  readonly layers: readonly LayerSummary[];
  readonly parameters: { readonly total: number; readonly trainable: number; readonly nonTrainable: number };
  readonly weightBytes: number;
  readonly activationBytes: number;
  /** Of one image's forward pass. */
  readonly flops: number;
}

const FLOAT_BYTES = 4;

/** What a model's layers give, hold and cost, in order; the layers of a block follow the block. */
export function summarise(model: Model): ModelSummary {
  const { total, trainable } = model.parameters;
  const tops = model.layers.map((layer) => summariseLayer(layer, 0));
  return {
    name: model.name,
    inputShape: model.inputShape,
    layers: model.layers.flatMap((layer) => withChildren(layer, 0)),
    parameters: { total, trainable, nonTrainable: total - trainable },
    weightBytes: total * FLOAT_BYTES,
    activationBytes: tops.reduce((sum, layer) => sum + layer.activationBytes, 0),
    flops: model.flops,
  };
}

function withChildren(layer: BuiltLayer, depth: number): LayerSummary[] {
  return [summariseLayer(layer, depth), ...layer.children.flatMap((child) => withChildren(child, depth + 1))];
}

function summariseLayer(layer: BuiltLayer, depth: number): LayerSummary {
  const parameters = layer.weights.reduce((sum, { shape }) => sum + sizeOf(shape), 0);
  return {
    name: layer.name,
    type: layer.kerasName,
    outputShape: layer.outputShape,
    parameters,
    weightBytes: parameters * FLOAT_BYTES,
    activationBytes: activationElements(layer) * FLOAT_BYTES,
    flops: layer.flops,
    depth,
  };
}

/** A block keeps its layers' outputs as well as its own sum. */
function activationElements(layer: BuiltLayer): number {
  return layer.children.reduce((sum, child) => sum + activationElements(child), sizeOf(layer.outputShape));
}
