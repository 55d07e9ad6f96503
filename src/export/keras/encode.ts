import type { WeightSpec } from '../../model/layer.js';
import type { ExportedFile, TrainedClassifier } from '../format.js';
import { jsonFile } from '../format.js';
import { IMAGES, networkOf } from '../network.js';
import { zipped } from '../zip.js';
import { encodeWeightsFile } from './hdf5.js';
import { type Dialect, type KerasModelLayer, kerasModelLayers } from './layers.js';
import { KERAS_ACTIVATIONS } from './options.js';
import { kerasOrder, kerasPaths } from './order.js';
import { compileConfig, optimizerVariables } from './training.js';

/** The Keras whose format this is; any Keras 3 reads it. */
const KERAS_VERSION = '3.0.0';

const KERAS_3: Dialect = {
  activation: (kind) => KERAS_ACTIVATIONS[kind],
  bytes: 'uint8',
  inputShape: 'batch_shape',
};

/**
 * A `.keras` archive: the network with its weights, compiled with its optimizer and loss, and the optimizer's state
 * where it is known. Format: keras/src/saving/saving_lib.py
 */
export async function encode(classifier: TrainedClassifier): Promise<ExportedFile[]> {
  const { config, classes, input } = classifier;
  const network = kerasOrder(networkOf(classifier));
  const layers = kerasModelLayers(classifier, network, KERAS_3);
  const trained = network.flatMap(({ weights }) => weights.filter(({ trainable }) => trainable));
  const optimizer = optimizerVariables(config, classifier.optimizer, trained);
  const paths = kerasPaths(layers.map(({ className }) => className));
  const valuesOf = (specs: readonly WeightSpec[]) => specs.flatMap(({ name }) => classifier.weights.get(name) ?? []);
  const file = await encodeWeightsFile([
    { path: '', name: config.name, variables: [] },
    ...layers.map(({ name, weights }, i) => ({ path: `layers/${paths[i]}`, name, variables: valuesOf(weights) })),
    ...(optimizer ? [{ path: 'optimizer', name: config.optimizer.type, variables: optimizer }] : []),
  ]);
  const metadata = { keras_version: KERAS_VERSION, date_saved: '1980-01-01@00:00:00', fmnist: { classes, input } };
  const archive = await zipped([
    jsonFile('metadata.json', metadata),
    jsonFile('config.json', modelConfig(classifier, layers)),
    { path: 'model.weights.h5', chunks: [file] },
  ]);
  return [{ path: `${config.name}.keras`, chunks: archive }];
}

function modelConfig({ config, optimizer }: TrainedClassifier, layers: readonly KerasModelLayer[]): unknown {
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

function layerConfig({ name, className, options, inputs }: KerasModelLayer): unknown {
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
    // What joins several layers takes them as one list.
    inbound_nodes: tensors.length === 0 ? [] : [{ args: tensors.length > 1 ? [tensors] : tensors, kwargs: {} }],
  };
}
