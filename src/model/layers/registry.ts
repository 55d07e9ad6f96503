import * as z from 'zod';
import { activation, activationSchema } from './activation.js';
import { averagePooling2d, averagePooling2dSchema } from './average-pooling2d.js';
import { batchNormalization, batchNormalizationSchema } from './batch-normalization.js';
import { conv2d, conv2dSchema } from './conv2d.js';
import type { LayerDefinition } from './definition.js';
import { dense, denseSchema } from './dense.js';
import { depthwiseConv2d, depthwiseConv2dSchema } from './depthwise-conv2d.js';
import { dropout, dropoutSchema } from './dropout.js';
import { flatten, flattenSchema } from './flatten.js';
import { globalAveragePooling2d, globalAveragePooling2dSchema } from './global-average-pooling2d.js';
import { globalMaxPooling2d, globalMaxPooling2dSchema } from './global-max-pooling2d.js';
import { maxPooling2d, maxPooling2dSchema } from './max-pooling2d.js';
import { residualSchema } from './residual.js';
import { separableConv2d, separableConv2dSchema } from './separable-conv2d.js';
import { squeezeExcitation, squeezeExcitationSchema } from './squeeze-excitation.js';

const plainSchemas = [
  conv2dSchema,
  depthwiseConv2dSchema,
  separableConv2dSchema,
  squeezeExcitationSchema,
  maxPooling2dSchema,
  averagePooling2dSchema,
  globalAveragePooling2dSchema,
  globalMaxPooling2dSchema,
  batchNormalizationSchema,
  activationSchema,
  dropoutSchema,
  flattenSchema,
  denseSchema,
] as const;

/** Every layer but blocks, with its options filled in. */
export type PlainLayerConfig = z.output<(typeof plainSchemas)[number]>;

export interface ResidualConfig {
  type: 'residual';
  name?: string | undefined;
  layers: LayerConfig[];
  projection: boolean;
  survivalProbability: number;
}

/** One entry of a config's `layers`, defaults filled in. */
export type LayerConfig = PlainLayerConfig | ResidualConfig;

/** The definition of each plain layer type: a type without one does not compile. */
export const plainLayers = {
  conv2d,
  depthwiseConv2d,
  separableConv2d,
  squeezeExcitation,
  maxPooling2d,
  averagePooling2d,
  globalAveragePooling2d,
  globalMaxPooling2d,
  batchNormalization,
  activation,
  dropout,
  flatten,
  dense,
} satisfies { [Type in PlainLayerConfig['type']]: LayerDefinition<Extract<PlainLayerConfig, { type: Type }>> };

/** Any layer of a config. */
export const layerConfigSchema: z.ZodType<LayerConfig> = z
  .discriminatedUnion('type', [...plainSchemas, residualSchema(() => layerConfigSchema)])
  .meta({ id: 'layer' });
