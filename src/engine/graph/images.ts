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
}

/** A step's images as floats in [0, 1], [batch, height, width, channels], augmented if `augment`. */
export function stepImages(
  g: Graph,
  { images }: Variables,
  { indices, transforms, erase: boxes }: BatchInputs,
  augment: boolean,
): GraphTensor {
  const batch = scaleBytes(g, gather(g, images, indices));
  return augment ? eraseRectangles(g, transformImages(g, batch, transforms), boxes) : batch;
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

/**
 * Blanks one rectangle of each image: `boxes` is [N, 4] int32, top, left, bottom, right (DeVries & Taylor 2017). Compared
 * as floats: TensorFlow compares int32 on the CPU, for which a GPU would wait.
 */
function eraseRectangles(g: Graph, images: GraphTensor, boxes: GraphTensor): GraphTensor {
  const [batch = 0, height = 0, width = 0] = images.shape;
  const sides = g.cast(boxes, 'float');
  const edge = (i: number) => {
    const attrs = { T: attr.type('float'), Index: attr.type('int32') };
    const column = [g.constant('int32', [0, i]), g.constant('int32', [-1, 1])];
    return g.reshape(g.node('Slice', [sides, ...column], attrs, 'float', [batch, 1]), [batch, 1, 1, 1]);
  };
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
  const blank = g.node('LogicalAnd', inside, {}, 'bool', [batch, height, width, 1]);
  const keep = g.cast(g.node('LogicalNot', [blank], {}, 'bool', blank.shape), 'float');
  return g.map('Mul', [images, keep]);
}
