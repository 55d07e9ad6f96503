import { type Activation, LEAKY_SLOPE } from '../../model/ops.js';
import { bytesOf } from '../../runs/safetensors.js';
import { type ExportedFile, jsonFile, type TrainedClassifier } from '../format.js';
import { type Dialect, type KerasModelLayer, kerasModelLayers } from '../keras/layers.js';
import { KERAS_ACTIVATIONS } from '../keras/options.js';
import { IMAGES, type NetworkLayer, networkOf } from '../network.js';

/** What browsers cache well: tfjs' own converter cuts so too. */
const SHARD_BYTES = 4 * 2 ** 20;

/** tfjs knows silu by its older name. */
const ACTIVATIONS: Record<Activation, string> = { ...KERAS_ACTIVATIONS, silu: 'swish' };

const TFJS: Dialect = {
  activation: (kind) => ACTIVATIONS[kind],
  bytes: 'int32',
  inputShape: 'batch_input_shape',
};

/** A LayersModel for `tf.loadLayersModel`: `model.json` and shards of weights. It takes int32 (bytes) or float32. */
export async function encode(classifier: TrainedClassifier): Promise<ExportedFile[]> {
  const { config, weights, classes, input } = classifier;
  const layers = kerasModelLayers(classifier, withLeakyLayers(networkOf(classifier)), TFJS).map(leakyLayer);
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

/** tfjs has leakyRelu as a layer, not as an activation: it becomes one of its own after the layer that had it. */
function withLeakyLayers(network: readonly NetworkLayer[]): NetworkLayer[] {
  const names = new Map<string, string>();
  return network.flatMap((layer) => {
    const inputs = layer.inputs.map((name) => names.get(name) ?? name);
    const { config } = layer;
    if (config.type === 'activation' || !('activation' in config) || config.activation !== 'leakyRelu') {
      return [{ ...layer, inputs }];
    }
    let name = `${layer.name}.activation`;
    while (network.some((other) => other.name === name)) name += '_';
    names.set(layer.name, name);
    return [
      { ...layer, inputs, config: { ...config, activation: 'linear' } },
      {
        ...layer,
        name,
        inputs: [layer.name],
        inputShape: layer.outputShape,
        config: { type: 'activation', activation: 'leakyRelu' },
        weights: [],
      },
    ];
  });
}

function leakyLayer(layer: KerasModelLayer): KerasModelLayer {
  if (layer.className !== 'Activation' || layer.options.activation !== ACTIVATIONS.leakyRelu) return layer;
  return { ...layer, className: 'LeakyReLU', options: { alpha: LEAKY_SLOPE, dtype: 'float32' } };
}

/** A weight is found by its layer's name in the network: `block.conv2d_1/kernel`. */
function nameOf(layer: KerasModelLayer, weight: string): string {
  return `${layer.name}/${weight.split('/').at(-1)}`;
}

function layerConfig({ name, className, options, inputs }: KerasModelLayer): unknown {
  const nodes = inputs.map((source) => [source.name, 0, 0, {}]);
  return { class_name: className, name, config: { name, ...options }, inbound_nodes: nodes.length > 0 ? [nodes] : [] };
}
