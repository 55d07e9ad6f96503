import type { NamedTensor } from '../../model/tensors.js';
import type { ExportedFile, TrainedClassifier } from '../format.js';
import { jsonFile } from '../format.js';
import { IMAGES, type NetworkLayer, networkOf } from '../network.js';
import { zipped } from '../zip.js';
import { encodeWeightsFile } from './hdf5.js';
import { KERAS_ACTIVATIONS, kerasLayer } from './options.js';
import { kerasOrder, kerasPaths } from './order.js';
import { compileConfig, optimizerVariables } from './training.js';

/** The Keras whose format this is; any Keras 3 reads it. */
const KERAS_VERSION = '3.0.0';

/** A layer of the archive with all that Keras keeps of it. */
interface ArchivedLayer {
  readonly name: string;
  readonly className: string;
  readonly options: Readonly<Record<string, unknown>>;
  readonly inputs: readonly Source[];
  readonly variables: readonly NamedTensor[];
}

/** A layer that another takes from, with its output. */
interface Source {
  readonly name: string;
  readonly shape: readonly number[];
  readonly dtype: string;
}

/**
 * A `.keras` archive: the network with its weights, compiled with its optimizer and loss, and the optimizer's state
 * where it is known. Format: keras/src/saving/saving_lib.py
 */
export async function encode(classifier: TrainedClassifier): Promise<ExportedFile[]> {
  const { config, classes, input } = classifier;
  const network = kerasOrder(networkOf(classifier));
  const layers = [...beginning(classifier, network), ...archived(classifier, network)];
  const trained = network.flatMap(({ weights }) => weights.filter(({ trainable }) => trainable));
  const optimizer = optimizerVariables(config, classifier.optimizer, trained);
  const paths = kerasPaths(layers.map(({ className }) => className));
  const weights = await encodeWeightsFile([
    { path: '', name: config.name, variables: [] },
    ...layers.map(({ name, variables }, i) => ({ path: `layers/${paths[i]}`, name, variables })),
    ...(optimizer ? [{ path: 'optimizer', name: config.optimizer.type, variables: optimizer }] : []),
  ]);
  const metadata = { keras_version: KERAS_VERSION, date_saved: '1980-01-01@00:00:00', fmnist: { classes, input } };
  const archive = await zipped([
    jsonFile('metadata.json', metadata),
    jsonFile('config.json', modelConfig(classifier, layers)),
    { path: 'model.weights.h5', chunks: [weights] },
  ]);
  return [{ path: `${config.name}.keras`, chunks: archive }];
}

/** The input, and the division by 255 where the model takes bytes. */
function beginning({ model, input }: TrainedClassifier, network: readonly NetworkLayer[]): ArchivedLayer[] {
  const [dtype, shape] = [input === 'bytes' ? 'uint8' : 'float32', model.inputShape];
  const images = { name: IMAGES, className: 'InputLayer', options: { batch_shape: [null, ...shape] }, inputs: [] };
  if (input === 'unit') return [{ ...images, options: { ...images.options, dtype }, variables: [] }];
  return [
    { ...images, options: { ...images.options, dtype }, variables: [] },
    {
      name: rescalingName(network),
      className: 'Rescaling',
      options: { scale: 1 / 255, offset: 0, dtype: 'float32' },
      inputs: [{ name: IMAGES, shape, dtype }],
      variables: [],
    },
  ];
}

function rescalingName(network: readonly NetworkLayer[]): string {
  let name = 'rescaling';
  while (network.some((layer) => layer.name === name)) name += '_';
  return name;
}

function archived({ weights, input }: TrainedClassifier, network: readonly NetworkLayer[]): ArchivedLayer[] {
  const first = input === 'unit' ? IMAGES : rescalingName(network);
  return network.map((layer) => {
    const { className, options } = kerasLayer(layer.config, (kind) => KERAS_ACTIVATIONS[kind]);
    return {
      name: layer.name,
      className,
      options: { ...options, dtype: 'float32' },
      inputs: layer.inputs.map((name) => ({
        name: name === IMAGES ? first : name,
        shape: layer.inputShape,
        dtype: 'float32',
      })),
      variables: layer.weights.flatMap(({ name }) => weights.get(name) ?? []),
    };
  });
}

function modelConfig({ config, optimizer }: TrainedClassifier, layers: readonly ArchivedLayer[]): unknown {
  const output = layers.at(-1)?.name;
  return {
    module: 'keras.src.models.functional',
    class_name: 'Functional',
    config: {
      name: config.name,
      trainable: true,
      layers: layers.map(layerConfig),
      input_layers: [IMAGES, 0, 0],
      output_layers: [output, 0, 0],
    },
    registered_name: 'Functional',
    build_config: { input_shape: null },
    compile_config: compileConfig(config, optimizer),
  };
}

function layerConfig({ name, className, options, inputs }: ArchivedLayer): unknown {
  const tensors = inputs.map((source) => ({
    class_name: '__keras_tensor__',
    config: { shape: [null, ...source.shape], dtype: source.dtype, keras_history: [source.name, 0, 0] },
  }));
  return {
    module: 'keras.layers',
    class_name: className,
    config: { name, ...options },
    registered_name: null,
    name,
    inbound_nodes: tensors.length === 0 ? [] : [{ args: className === 'Add' ? [tensors] : tensors, kwargs: {} }],
  };
}
