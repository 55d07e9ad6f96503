import * as z from 'zod';
import { modelConfigSchema } from '../../config/schema.js';
import { VALIDATION_MODES } from '../../data/splits.js';
import { datasetReferenceSchema } from '../../datasets/reference.js';
import { PRECISIONS } from '../../engine/engine.js';

/** All that decides a run's numbers, besides the machine: two runs with equal settings are the same run. */
export const runSettingsSchema = z.strictObject({
  config: modelConfigSchema,
  seed: z.int(),
  dataset: datasetReferenceSchema,
  /** First so many training images; null for all. */
  limit: z.int().positive().nullable(),
  /** Augmented images appended. */
  augment: z.int().nonnegative(),
  validation: z.enum(VALIDATION_MODES),
  shuffle: z.boolean(),
  precision: z.enum(PRECISIONS),
  /** SHA-256 of the file whose weights it started from, where it did not start from weights of its own. */
  weights: z.string().exactOptional(),
});

export type RunSettings = z.output<typeof runSettingsSchema>;
