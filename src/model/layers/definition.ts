import * as z from 'zod';
import {
  type BuiltLayer,
  type Initializer,
  KERNEL_INITIALIZERS,
  type KernelInitializer,
  type WeightSpec,
} from '../layer.js';
import { type Shape, sizeOf } from '../tensors.js';
import type { TorchLayer } from './torch-layer.js';

/** What a layer type needs to know of its place in the model. */
export interface BuildContext {
  /** Full name: `conv2d_1`, or `<block>/conv2d_1` inside a block. */
  readonly name: string;
  readonly inputShape: Shape;
  /** Whether its input is the images themselves. */
  readonly first: boolean;
  /** Throws the error that names this layer and the field that does not fit. */
  fail(field: string, message: string): never;
}

/** What joins layers in an exported network, and is no layer of a config. */
export type Operation =
  | { readonly type: 'add' | 'multiply' }
  /** Without the batch. */
  | { readonly type: 'reshape'; readonly shape: Shape };

/** One layer or operation of which another layer is made. */
interface LayerPart {
  /** Its weights are called `<layer>/<name>/…`. */
  readonly name: string;
  /** A parsed config of a plain layer, or an operation. */
  readonly config: { readonly type: string } | Operation;
  /** Names of other parts; `` is the whole layer's input. */
  readonly inputs: readonly string[];
  readonly outputShape: Shape;
}

/** One layer type: its options as they stand in a config, and what it makes of an input shape. */
export interface LayerDefinition<Options> {
  readonly kerasName: string;
  /** Keras' arguments that say what is taken for granted here. The others are the options, spelled like `kernel_size`. */
  readonly kerasOptions?: Readonly<Record<string, unknown>>;
  /** In PyTorch's words; left out by a layer that is exported as its `parts`. */
  readonly torch?: TorchLayer<Options>;
  /** The layers that it is made of, for exports to formats that have no such layer. */
  parts?(options: Options, layer: BuiltLayer): readonly LayerPart[];
  /** @throws what `context.fail` throws when the options do not fit the input shape. */
  build(options: Options, context: BuildContext): BuiltLayer;
}

/** Keras' images may be channels first, by a setting of the user's. */
export const CHANNELS_LAST = { data_format: 'channels_last' } as const;

/** Layer names become parts of weight names and of exported files, so they keep to a plain alphabet. */
const layerName = z
  .string()
  .regex(/^[A-Za-z][A-Za-z0-9_.-]{0,63}$/, 'must start with a letter and hold only letters, digits, _ . - (64 at most)')
  .describe('Name of the layer; <type>_<n> when left out.');

/** The schema of a layer type: its own options beside `type` and `name`. Unknown keys are errors. */
export function layerSchema<Type extends string, Options extends z.ZodRawShape>(type: Type, options: Options) {
  return z.strictObject({ type: z.literal(type), name: layerName.optional(), ...options });
}

/** What a kernel starts as. */
export const kernelInitializer = z.enum(KERNEL_INITIALIZERS).default('glorotUniform');

const LARGEST = 65_536;

/** A count of filters, units or pixels. The cap keeps a typing error from asking for terabytes. */
export const count = z.int().min(1).max(LARGEST);

/** One number for both directions, or [rows, columns]. */
export const pair = z.union([count, z.tuple([count, count])], {
  error: 'must be a whole number from 1, or two of them: [rows, columns]',
});

export type Pair = readonly [number, number];

/** Both directions of a {@link pair}. */
export function toPair(value: z.output<typeof pair>): Pair {
  return typeof value === 'number' ? [value, value] : value;
}

/** The parts of a built layer that most types share; the rest is given. */
export function builtLayer(
  definition: Pick<LayerDefinition<unknown>, 'kerasName'>,
  type: string,
  context: BuildContext,
  parts: Pick<BuiltLayer, 'outputShape' | 'keptValues' | 'forward'> &
    Partial<Pick<BuiltLayer, 'weights' | 'flops' | 'children'>>,
): BuiltLayer {
  return {
    name: context.name,
    type,
    kerasName: definition.kerasName,
    inputShape: context.inputShape,
    weights: [],
    flops: 0,
    children: [],
    ...parts,
    forward: (ops, x, weight) => {
      const output = parts.forward(ops, x, weight);
      return ops.observe?.(context.name, output) ?? output;
    },
  };
}

/** A float32 kernel above this is a typing error, and its array would not even fit JavaScript. */
const LARGEST_KERNEL_BYTES = 2 ** 31;

interface KernelOptions {
  readonly fanIn: number;
  readonly fanOut: number;
  readonly initializer: KernelInitializer;
  /** `kernel` when left out. */
  readonly name?: string;
}

/** A kernel: trained and decayed. `field` is the option that its size comes from. */
export function kernelSpec(
  context: BuildContext,
  field: string,
  shape: Shape,
  { fanIn, fanOut, initializer: kind, name = 'kernel' }: KernelOptions,
): WeightSpec {
  const bytes = 4 * sizeOf(shape);
  if (bytes > LARGEST_KERNEL_BYTES) {
    const size = `${(bytes / 2 ** 30).toFixed(1)} GiB`;
    context.fail(field, `the kernel would be [${shape.join(', ')}], ${size}: make it smaller, or shrink its input`);
  }
  const initializer: Initializer = { kind, fanIn, fanOut };
  return { name: `${context.name}/${name}`, shape, initializer, trainable: true, decay: true, bias: false };
}

/** A vector over the channels that starts at a constant: a gamma, or a moving statistic. */
export function vectorSpec(name: string, size: number, value: number, trainable = true): WeightSpec {
  const initializer: Initializer = { kind: 'constant', value };
  return { name, shape: [size], initializer, trainable, decay: false, bias: false };
}

/** A vector that is added to the channels and starts at 0: a bias or a beta. */
export function biasSpec(name: string, size: number): WeightSpec {
  return { ...vectorSpec(name, size, 0), bias: true };
}

/** Height, width and channels of an image-shaped input, or the layer's error. */
export function imageShape(type: string, context: BuildContext): readonly [number, number, number] {
  const [height, width, channels, ...rest] = context.inputShape;
  if (height === undefined || width === undefined || channels === undefined || rest.length > 0) {
    return context.fail(
      'type',
      `${type} needs images [height, width, channels], but its input is [${context.inputShape.join(', ')}]: put it before flatten`,
    );
  }
  return [height, width, channels];
}
