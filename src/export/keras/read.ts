import { promises as fs } from 'node:fs';
import path from 'node:path';
import type { Dataset, Group } from 'h5wasm/node';
import { DataError } from '../../errors.js';
import { temporaryFolder } from '../../files/temporary-folder.js';
import type { WeightSpec } from '../../model/layer.js';
import type { NamedTensor, NamedTensors } from '../../model/tensors.js';
import type { TrainedClassifier } from '../format.js';
import { type NetworkLayer, networkOf } from '../network.js';
import { KERAS_ACTIVATIONS, kerasLayer } from './options.js';
import { kerasOrder, kerasPaths } from './order.js';

/** One layer of a weight file that has weights. */
interface StoredLayer {
  /** `conv2d_1`: the class, counted; undefined in Keras 2's files. */
  readonly path: string | undefined;
  readonly name: string;
  readonly tensors: readonly NamedTensor[];
}

/**
 * The weights of a `.keras` archive, a `.weights.h5` or a whole `.h5` of Keras 2 or 3, under the model's names: matched by
 * the layers' names where all are found, else by their order. Shapes are not judged.
 *
 * @throws DataError for a file that is none, or that has other layers
 */
export async function readKerasWeights(
  file: string,
  target: Pick<TrainedClassifier, 'config' | 'model'>,
): Promise<NamedTensors> {
  const stored = await readLayers(file);
  const layers = kerasOrder(networkOf(target)).filter(({ weights }) => weights.length > 0);
  const named = new Map(stored.map((layer) => [layer.name, layer]));
  const byName = layers.every(({ name }) => named.has(name));
  const ordered = byName ? layers.map(({ name }) => named.get(name)) : inOrder(layers, stored);
  if (stored.length !== layers.length || ordered.includes(undefined)) {
    throw new DataError(`${file} has other layers than ${target.config.name}`, {
      problems: [`in the file: ${listed(stored)}`, `in the model: ${listed(layers)}`],
      hint: 'Name the model that the weights were trained with: --model NAME|FILE',
    });
  }
  return new Map(layers.flatMap(({ weights }, i) => paired(weights, ordered[i]?.tensors ?? [])));
}

function listed(layers: readonly { readonly name: string }[]): string {
  return layers.map(({ name }) => name).join(', ') || 'none with weights';
}

function paired(specs: readonly WeightSpec[], tensors: readonly NamedTensor[]): [string, NamedTensor][] {
  return specs.flatMap(({ name }, i) => (tensors[i] ? [[name, tensors[i]] as [string, NamedTensor]] : []));
}

/** Keras 3 counts the layers of each class; Keras 2 lists all in order. */
function inOrder(layers: readonly NetworkLayer[], stored: readonly StoredLayer[]): (StoredLayer | undefined)[] {
  if (stored.some(({ path }) => path === undefined)) return layers.map((_, i) => stored[i]);
  const classes = layers.map(({ config }) => kerasLayer(config, (kind) => KERAS_ACTIVATIONS[kind]).className);
  const byPath = new Map(stored.map((layer) => [layer.path, layer]));
  return kerasPaths(classes).map((place) => byPath.get(place));
}

async function readLayers(file: string): Promise<StoredLayer[]> {
  const folder = temporaryFolder('fmnist-keras-', DataError);
  try {
    const { File, ready } = await import('h5wasm/node');
    await ready;
    const h5 = path.join(folder, 'weights.h5');
    if (/\.keras$/.test(file)) await fs.writeFile(h5, await archivedWeights(file));
    else await fs.copyFile(file, h5);
    const opened = new File(h5, 'r');
    try {
      return opened.keys().includes('layers') ? countedLayers(opened) : listedLayers(opened);
    } finally {
      opened.close();
    }
  } catch (cause) {
    if (cause instanceof DataError) throw cause;
    throw new DataError(`${file} cannot be read as weights of Keras`, {
      hint: 'Name a .keras file, or an .h5 file that Keras wrote.',
      cause,
    });
  } finally {
    await fs.rm(folder, { recursive: true, force: true });
  }
}

/** `layers/conv2d_1/vars/0`, with the layer's name as an attribute. */
function countedLayers(file: Group): StoredLayer[] {
  const layers = file.get('layers') as Group;
  return layers.keys().flatMap((place) => {
    const vars = layers.get(`${place}/vars`) as Group | null;
    if (vars === null || vars.keys().length === 0) return [];
    const tensors = vars.keys().map((_, i) => tensorOf(vars.get(String(i)) as Dataset));
    return [{ path: place, name: String(vars.attrs.name?.value ?? place), tensors }];
  });
}

/** The attributes `layer_names` and `weight_names` of Keras 2, at the root or in `model_weights`. */
function listedLayers(file: Group): StoredLayer[] {
  const root = file.keys().includes('model_weights') ? (file.get('model_weights') as Group) : file;
  const names = root.attrs.layer_names?.value as string[] | undefined;
  if (names === undefined) throw new Error('no layers');
  return names.flatMap((name) => {
    const group = root.get(name) as Group;
    const weights = (group.attrs.weight_names?.value ?? []) as string[];
    const tensors = weights.map((weight) => tensorOf(group.get(weight) as Dataset));
    return tensors.length > 0 ? [{ path: undefined, name, tensors }] : [];
  });
}

function tensorOf(dataset: Dataset): NamedTensor {
  return { shape: dataset.shape ?? [], data: Float32Array.from(dataset.value as Float32Array) };
}

async function archivedWeights(file: string): Promise<Uint8Array> {
  const { unzipped } = await import('../zip.js');
  return unzipped(file, 'model.weights.h5');
}
