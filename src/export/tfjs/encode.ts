import { bytesOf } from '../../runs/safetensors.js';
import { type ExportedFile, jsonFile, type TrainedClassifier } from '../format.js';
import { type Dialect, type KerasModelLayer, kerasModelLayers } from '../keras/layers.js';
import { IMAGES, networkOf } from '../network.js';
import { activationLayers, TFJS_ACTIVATIONS, withActivationLayers } from './activations.js';

/** What browsers cache well: tfjs' own converter cuts so too. */
const SHARD_BYTES = 4 * 2 ** 20;

const TFJS: Dialect = {
  activation: (kind) => TFJS_ACTIVATIONS[kind],
  bytes: 'int32',
  inputShape: 'batch_input_shape',
};

/** A LayersModel for `tf.loadLayersModel`: `model.json` and shards of weights. It takes int32 (bytes) or float32. */
export async function encode(classifier: TrainedClassifier): Promise<ExportedFile[]> {
  const { config, weights, classes, input } = classifier;
  const layers = kerasModelLayers(classifier, withActivationLayers(networkOf(classifier)), TFJS).flatMap(
    activationLayers,
  );
  const specs = layers.flatMap((layer) => layer.weights.map((spec) => ({ ...spec, as: nameOf(layer, spec.name) })));
  const bytes = Buffer.concat(specs.flatMap(({ name }) => bytesOf(weights.get(name)?.data ?? new Float32Array())));
  const count = Math.ceil(bytes.length / SHARD_BYTES);
  const shards = Array.from({ length: count }, (_, i) => ({
    path: `weights-${i + 1}-of-${count}.bin`,
    chunks: [bytes.subarray(i * SHARD_BYTES, (i + 1) * SHARD_BYTES)],
  }));
  const model = {
    format: 'layers-model',
    generatedBy: 'fmnist',
    convertedBy: null,
    modelTopology: {
      keras_version: '2.15.0',
      backend: 'tensorflow',
      model_config: {
        class_name: 'Functional',
        config: {
          name: config.name,
          layers: layers.map(layerConfig),
          input_layers: [[IMAGES, 0, 0]],
          output_layers: [[layers.at(-1)?.name, 0, 0]],
        },
      },
    },
    weightsManifest: [
      {
        paths: shards.map(({ path }) => path),
        weights: specs.map(({ as, shape }) => ({ name: as, shape, dtype: 'float32' })),
      },
    ],
    userDefinedMetadata: { classes, input },
  };
  return [jsonFile('model.json', model), ...shards];
}

/** A weight is found by its layer's name in the network: `block.conv2d_1/kernel`. */
function nameOf(layer: KerasModelLayer, weight: string): string {
  return `${layer.name}/${weight.split('/').at(-1)}`;
}

function layerConfig({ name, className, options, inputs }: KerasModelLayer): unknown {
  const nodes = inputs.map((source) => [source.name, 0, 0, {}]);
  return { class_name: className, name, config: { name, ...options }, inbound_nodes: nodes.length > 0 ? [nodes] : [] };
}
