import * as z from 'zod';
import { ACTIVATIONS } from '../ops.js';
import {
  biasSpec,
  builtLayer,
  count,
  kernelInitializer,
  kernelSpec,
  type LayerDefinition,
  layerSchema,
} from './definition.js';
import { TORCH_BIAS, torchBool } from './torch.js';

export const denseSchema = layerSchema('dense', {
  units: count.optional().describe('Output features; the last dense layer has one a class when left out.'),
  activation: z.enum(ACTIVATIONS).default('linear'),
  useBias: z.boolean().default(true),
  kernelInitializer: kernelInitializer.describe('What the kernel starts as.'),
}).describe('Fully connected layer; needs flat input.');

/** [N, in] → [N, units]. */
export const dense: LayerDefinition<z.output<typeof denseSchema>> = {
  kerasName: 'Dense',
  torch: {
    module: ({ units, useBias }, [inputs]) => `nn.Linear(${inputs}, ${units}, bias=${torchBool(useBias)})`,
    forward: ({ activation }, { x, self, activated }) => activated(`${self}(${x})`, activation),
    state: [{ name: 'weight', from: 'kernel', axes: [1, 0], features: true }, TORCH_BIAS],
  },
  build(options, context) {
    const [inputs, ...rest] = context.inputShape;
    if (inputs === undefined || rest.length > 0) {
      // Keras would apply the layer to each pixel; in a classifier that is nearly always a forgotten flatten.
      return context.fail(
        'type',
        `dense needs flat input, but its input is [${context.inputShape.join(', ')}]: put a flatten or globalAveragePooling2d layer before it`,
      );
    }
    const { units, activation, useBias } = options;
    if (units === undefined) {
      return context.fail('units', 'is missing; it must be a number: only the last dense layer may leave it out');
    }
    const kernel = kernelSpec(context, 'units', [inputs, units], {
      fanIn: inputs,
      fanOut: units,
      initializer: options.kernelInitializer,
    });
    const bias = biasSpec(`${context.name}/bias`, units);
    return builtLayer(dense, options.type, context, {
      outputShape: [units],
      keptValues: units,
      weights: useBias ? [kernel, bias] : [kernel],
      flops: 2 * inputs * units,
      forward(ops, x, weight) {
        const product = ops.matMul(x, weight(kernel.name));
        const withBias = useBias ? ops.biasAdd(product, weight(bias.name)) : product;
        return ops.activation(withBias, activation);
      },
    });
  },
};
