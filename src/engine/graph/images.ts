import type { TrainerSpec } from '../engine.js';
import type { Graph, GraphTensor } from './graph.js';
import { attr } from './proto.js';
import type { Variable, Variables } from './variables.js';

/** Inputs of one step that say which images it sees, and how. */
export interface BatchInputs {
  /** [batch] int32: images of the pool. */
  readonly indices: GraphTensor;
  /** int32 scalar */
  readonly step: GraphTensor;
  /** [batch, 8] float32 and [batch, 4] int32. */
  readonly transforms: GraphTensor;
  readonly erase: GraphTensor;
  /** [batch] int32, [batch, 4] int32 and [batch, 2] float32: a {@link MixedBatch}. */
  readonly partners: GraphTensor;
  readonly boxes: GraphTensor;
  readonly shares: GraphTensor;
  /** What {@link stepImages} gives, where it was made before. */
  readonly images?: GraphTensor;
}

/** A step's images as floats in [0, 1], [batch, height, width, channels], augmented and mixed as the spec says. */
export function stepImages(
  g: Graph,
  { images }: Variables,
  { indices, transforms, erase, ...mix }: BatchInputs,
  { onlineAugmentation, mixing }: TrainerSpec,
): GraphTensor {
  const batch = scaleBytes(g, gather(g, images, indices));
  if (!onlineAugmentation) return batch;
  const changed = eraseRectangles(g, transformImages(g, batch, transforms), erase);
  return mixing ? mixImages(g, changed, mix) : changed;
}

/** [batch] int32. */
export function stepLabels(g: Graph, { labels }: Variables, indices: GraphTensor): GraphTensor {
  return g.cast(gather(g, labels, indices), 'int32');
}

/** Bytes [N, H, W, C] → float32 in [0, 1]. */
export function scaleBytes(g: Graph, bytes: GraphTensor): GraphTensor {
  return g.map('RealDiv', [g.cast(bytes, 'float'), g.scalar(255)]);
}

/** The pool's rows at `indices` [N]. */
export function gather(g: Graph, pool: Variable, indices: GraphTensor): GraphTensor {
  const attrs = { dtype: attr.type(pool.dtype), Tindices: attr.type('int32') };
  const shape = [indices.shape[0] as number, ...pool.shape.slice(1)];
  return g.node('ResourceGather', [pool.handle, indices], attrs, pool.dtype, shape);
}

/** Bilinear, coordinates clamped to the edge: [N, H, W, C] by [N, 8] (output to input). */
export function transformImages(g: Graph, images: GraphTensor, transforms: GraphTensor): GraphTensor {
  const attrs = {
    dtype: attr.type('float'),
    interpolation: attr.string('BILINEAR'),
    fill_mode: attr.string('NEAREST'),
  };
  const size = g.constant('int32', images.shape.slice(1, 3));
  return g.node('ImageProjectiveTransformV3', [images, transforms, size, g.scalar(0)], attrs, 'float', images.shape);
}

/** Blanks one rectangle of each image (DeVries & Taylor 2017). */
function eraseRectangles(g: Graph, images: GraphTensor, boxes: GraphTensor): GraphTensor {
  const blank = insideRectangles(g, images, boxes);
  const keep = g.cast(g.node('LogicalNot', [blank], {}, 'bool', blank.shape), 'float');
  return g.map('Mul', [images, keep]);
}

/** x + (1 − share) · (partner − x) within the boxes (Zhang et al. 2018, Yun et al. 2019). */
function mixImages(
  g: Graph,
  images: GraphTensor,
  { partners, boxes, shares }: Pick<BatchInputs, 'partners' | 'boxes' | 'shares'>,
): GraphTensor {
  const [batch = 0] = images.shape;
  const one = g.node('Sub', [g.scalar(1), column(g, shares, 0)], { T: attr.type('float') }, 'float', [batch, 1]);
  const inside = g.cast(insideRectangles(g, images, boxes), 'float');
  const others = g.map('Mul', [inside, g.reshape(one, [batch, 1, 1, 1])]);
  const distance = g.map('Sub', [gatherRows(g, images, partners), images]);
  return g.map('AddV2', [images, g.map('Mul', [distance, others])]);
}

/** The rows of a batch at `places` [batch]. */
export function gatherRows(g: Graph, x: GraphTensor, places: GraphTensor): GraphTensor {
  const types = { Tparams: attr.type(x.dtype), Tindices: attr.type('int32'), Taxis: attr.type('int32') };
  return g.node(
    'GatherV2',
    [x, places, g.constant('int32', [0], [])],
    { ...types, batch_dims: attr.int(0) },
    x.dtype,
    x.shape,
  );
}

/** Column `i` of [N, M] float32: [N, 1]. */
export function column(g: Graph, x: GraphTensor, i: number): GraphTensor {
  return g.slice(x, [0, i], [-1, 1]);
}

/**
 * Which pixels lie in their image's rectangle, [N, H, W, 1] bool: `boxes` is [N, 4] int32, top, left, bottom, right. Compared
 * as floats: TensorFlow compares int32 on the CPU, for which a GPU would wait.
 */
function insideRectangles(g: Graph, images: GraphTensor, boxes: GraphTensor): GraphTensor {
  const [batch = 0, height = 0, width = 0] = images.shape;
  const sides = g.cast(boxes, 'float');
  const edge = (i: number) => g.reshape(column(g, sides, i), [batch, 1, 1, 1]);
  const within = (positions: GraphTensor, from: GraphTensor, to: GraphTensor) => {
    const axis = [batch, ...positions.shape.slice(1)];
    const compare = (op: string, bound: GraphTensor) =>
      g.node(op, [positions, bound], { T: attr.type('float') }, 'bool', axis);
    return g.node('LogicalAnd', [compare('GreaterEqual', from), compare('Less', to)], {}, 'bool', axis);
  };
  const rows = g.constant(
    'float',
    Array.from({ length: height }, (_, i) => i),
    [1, height, 1, 1],
  );
  const columns = g.constant(
    'float',
    Array.from({ length: width }, (_, i) => i),
    [1, 1, width, 1],
  );
  const inside = [within(rows, edge(0), edge(2)), within(columns, edge(1), edge(3))];
  return g.node('LogicalAnd', inside, {}, 'bool', [batch, height, width, 1]);
}
