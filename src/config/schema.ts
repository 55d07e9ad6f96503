import * as z from 'zod';
import { DEFAULT_AUGMENTATION } from '../augment/ranges.js';
import { TTA } from '../augment/views.js';
import { layerConfigSchema } from '../model/layers/registry.js';
import { optimizerConfigSchema } from '../optimizers/registry.js';

const fraction = z.number().min(0).max(1);
const rate = z.number().positive().max(100);
const wholeNumber = (least: number, most: number) => z.int().min(least).max(most);

const monitor = z.enum(['valLoss', 'valAccuracy']).default('valLoss');

export const scheduleSchema = z
  .discriminatedUnion('type', [
    z.strictObject({ type: z.literal('constant') }),
    z.strictObject({
      type: z.literal('step'),
      every: wholeNumber(1, 100_000).describe('Epochs between two drops.'),
      factor: rate.max(1).describe('What a drop multiplies the learning rate by.'),
    }),
    z.strictObject({
      type: z.literal('cosine'),
      warmupEpochs: z.number().min(0).default(0).describe('Epochs of linear warm-up from 0.'),
      minLearningRate: z.number().min(0).default(0).describe('Where the cosine ends.'),
    }),
    z.strictObject({
      type: z.literal('oneCycle'),
      maxLearningRate: rate.describe('The peak; the cycle starts at 1/25 of it.'),
      warmupFraction: z.number().gt(0).lt(1).default(0.3).describe('Share of all steps up to the peak.'),
    }),
    z.strictObject({
      type: z.literal('reduceOnPlateau'),
      monitor,
      factor: z.number().gt(0).lt(1).default(0.1),
      patience: wholeNumber(0, 100_000).default(10).describe('Epochs without improvement before a drop.'),
      minDelta: z.number().min(0).default(1e-4).describe('The least change that counts as an improvement.'),
      minLearningRate: z.number().min(0).default(0),
    }),
  ])
  .describe('How the learning rate moves.');

export const earlyStoppingSchema = z.strictObject({
  monitor,
  patience: wholeNumber(0, 100_000).describe('Epochs without improvement before the run stops.'),
  minDelta: z.number().min(0).default(0),
  restoreBest: z.boolean().default(true).describe('Whether the run ends with the best weights.'),
});

const lookaheadSchema = z.strictObject({
  syncPeriod: wholeNumber(1, 100_000).default(6).describe('Steps between two moves of the slow weights.'),
  slowStepSize: z.number().gt(0).max(1).default(0.5).describe('Share of the way that they move.'),
  ramp: z
    .boolean()
    .default(false)
    .describe('Whether the share falls from 1 to slowStepSize over the run, as the cube of what is done.'),
});

const trainingSchema = z
  .strictObject({
    epochs: wholeNumber(1, 100_000).default(25),
    batchSize: wholeNumber(1, 1_000_000).default(32),
    validationSplit: z.number().min(0).lt(1).default(0.25).describe('Share of the images held out; 0 for none.'),
    labelSmoothing: z.number().min(0).lt(1).default(0),
    clipNorm: z.number().positive().optional().describe('Largest global L2 norm of the gradients.'),
    emaDecay: z.number().gt(0).lt(1).optional().describe('Decay of the moving average of the weights.'),
    emaWarmup: z
      .boolean()
      .default(false)
      .describe('Whether the decay starts low: (1 + t) / (10 + t) in step t, until that is emaDecay.'),
    lookahead: lookaheadSchema.optional().describe('Slow weights that follow, and from which training starts again.'),
    earlyStopping: earlyStoppingSchema.optional(),
  })
  .refine(({ emaDecay, emaWarmup }) => !emaWarmup || emaDecay !== undefined, {
    path: ['emaWarmup'],
    error: 'needs emaDecay',
  });

/** Keras' ImageDataGenerator; ranges in degrees (rotation, shear) and in shares of the image (zoom, shifts). */
const augmentationSchema = z.strictObject({
  rotationRange: z.number().min(0).max(180).default(DEFAULT_AUGMENTATION.rotationRange),
  zoomRange: z.number().min(0).lt(1).default(DEFAULT_AUGMENTATION.zoomRange),
  shearRange: z.number().min(0).max(89).default(DEFAULT_AUGMENTATION.shearRange),
  widthShiftRange: fraction.default(DEFAULT_AUGMENTATION.widthShiftRange),
  heightShiftRange: fraction.default(DEFAULT_AUGMENTATION.heightShiftRange),
  horizontalFlip: z.boolean().default(DEFAULT_AUGMENTATION.horizontalFlip),
  legacy: z
    .boolean()
    .default(DEFAULT_AUGMENTATION.legacy)
    .describe('The transform of keras-preprocessing up to 1.1.2.'),
});

const mix = (alpha: number) => ({
  alpha: z.number().gt(0).max(4).default(alpha).describe('Of Beta(α, α), which shares are drawn from.'),
  probability: fraction.default(1).describe('Of a batch to be mixed.'),
});

/** Fresh random changes to each image in each epoch. */
const onlineAugmentationSchema = z.strictObject({
  horizontalFlip: z
    .union([z.boolean(), z.literal('alternating')], { error: 'must be true, false or "alternating"' })
    .default(false)
    .describe('Whether half of the images are mirrored; alternating: each in every second epoch.'),
  widthShift: fraction.default(0).describe('Largest shift, as a share of the width.'),
  heightShift: fraction.default(0).describe('Largest shift, as a share of the height.'),
  rotation: z.number().min(0).max(180).default(0).describe('Largest rotation in degrees.'),
  cropPadding: wholeNumber(0, 255)
    .default(0)
    .describe("Pixels of padding before a random crop back to the image's size."),
  erase: z
    .strictObject({
      probability: fraction,
      minArea: z.number().gt(0).max(1).default(0.02),
      maxArea: z.number().gt(0).max(1).default(0.2),
    })
    .refine((erase) => erase.minArea <= erase.maxArea, { path: ['minArea'], error: 'must not be above maxArea' })
    .optional()
    .describe('Random erasing: a rectangle of this share of the image set to 0.'),
  mixup: z.strictObject(mix(0.2)).optional().describe('Means of two images and of their targets.'),
  cutmix: z.strictObject(mix(1)).optional().describe('A rectangle of another image; targets by area.'),
});

export const modelNameSchema = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/, 'must be letters, digits, _ . - (64 at most)');

/** One experiment: what a file in `configs/` holds. Parsing fills in every default. */
export const modelConfigSchema = z.strictObject({
  $schema: z.string().optional().describe('For editors; ignored.'),
  name: modelNameSchema
    .default('model')
    .describe('Name of the model in runs and exports; the file name when left out.'),
  description: z.string().optional(),
  layers: z.array(layerConfigSchema).min(1, 'must hold at least one layer').max(1000),
  optimizer: optimizerConfigSchema.prefault({ type: 'adam' }),
  schedule: scheduleSchema.prefault({ type: 'constant' }),
  training: trainingSchema.prefault({}),
  augmentation: augmentationSchema.prefault({}),
  onlineAugmentation: onlineAugmentationSchema.optional(),
  evaluation: z
    .strictObject({
      tta: z.enum(TTA).optional().describe('Changed copies of each image, over which a second test takes the mean.'),
    })
    .optional()
    .describe("The test at the run's end."),
});

export type ModelConfig = z.output<typeof modelConfigSchema>;
export type ScheduleConfig = ModelConfig['schedule'];
export type TrainingConfig = ModelConfig['training'];
export type EarlyStoppingConfig = z.output<typeof earlyStoppingSchema>;
