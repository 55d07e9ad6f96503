import { type Activation, GELU_APPROXIMATE, LEAKY_SLOPE } from '../../model/ops.js';
import type { KerasModelLayer } from '../keras/layers.js';
import { KERAS_ACTIVATIONS } from '../keras/options.js';
import type { NetworkLayer } from '../network.js';

/** tfjs has these as layers, or can be told them by layers, but by no name of an activation that its models may hold. */
const LAYERS: { readonly [Kind in Activation]?: (layer: KerasModelLayer) => KerasModelLayer[] } = {
  leakyRelu: (layer) => [{ ...layer, className: 'LeakyReLU', options: { alpha: LEAKY_SLOPE, dtype: 'float32' } }],
  /** x·σ(2z), for (1 + tanh(z))/2 is σ(2z), and 2z is x·(2·scale·cubic·x² + 2·scale). */
  geluApproximate: (layer) => {
    const { scale, cubic } = GELU_APPROXIMATE;
    const [x] = layer.inputs;
    if (x === undefined) return [layer];
    const part = (name: string, className: string, options: object, from: readonly string[]): KerasModelLayer => ({
      name: `${layer.name}/${name}`,
      className,
      options: { ...options, dtype: 'float32' },
      inputs: from.map((source) => (source === '' ? x : { ...x, name: `${layer.name}/${source}` })),
      weights: [],
    });
    return [
      // No layer takes x twice: tfjs would release it at the first.
      part('scaled', 'Rescaling', { scale: 2 * scale * cubic, offset: 0 }, ['']),
      part('square', 'Multiply', {}, ['', 'scaled']),
      part('slope', 'Rescaling', { scale: 1, offset: 2 * scale }, ['square']),
      part('twice', 'Multiply', {}, ['', 'slope']),
      part('gate', 'Activation', { activation: KERAS_ACTIVATIONS.sigmoid }, ['twice']),
      { ...part('', 'Multiply', {}, ['', 'gate']), name: layer.name },
    ];
  },
};

/** tfjs knows silu by its older name. */
export const TFJS_ACTIVATIONS = {
  ...KERAS_ACTIVATIONS,
  geluApproximate: 'geluApproximate',
  silu: 'swish',
} as const satisfies Record<Activation, string>;

/** The network with an activation of its own after each layer whose activation tfjs does not know. */
export function withActivationLayers(network: readonly NetworkLayer[]): NetworkLayer[] {
  const names = new Map<string, string>();
  return network.flatMap((layer) => {
    const inputs = layer.inputs.map((name) => names.get(name) ?? name);
    const { config } = layer;
    if (config.type === 'activation' || !('activation' in config) || LAYERS[config.activation] === undefined) {
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
        config: { type: 'activation', activation: config.activation },
        weights: [],
      },
    ];
  });
}

/** What an activation of its own is made of; every other layer as it is. */
export function activationLayers(layer: KerasModelLayer): KerasModelLayer[] {
  if (layer.className !== 'Activation') return [layer];
  const kinds = Object.keys(LAYERS) as (keyof typeof LAYERS)[];
  const kind = kinds.find((name) => TFJS_ACTIVATIONS[name] === layer.options.activation);
  return (kind && LAYERS[kind]?.(layer)) ?? [layer];
}
