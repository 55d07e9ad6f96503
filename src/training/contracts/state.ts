import { z } from 'zod';
import type { EpochEnd } from './events.js';
import { type RunSettings, runSettingsSchema } from './settings.js';

const count = z.int().nonnegative();
const metric = z.number().nullable();

/** One finished epoch. */
export const epochEndSchema = z.strictObject({
  event: z.literal('epoch_end'),
  epoch: count,
  epochs: count,
  steps: count,
  loss: z.number(),
  accuracy: z.number(),
  valLoss: metric,
  valAccuracy: metric,
  emaValLoss: z.number().exactOptional(),
  emaValAccuracy: z.number().exactOptional(),
  learningRate: z.number(),
  msPerStep: z.number(),
  seconds: z.number(),
  best: z.boolean(),
}) satisfies z.ZodType<EpochEnd>;

/** Sums over an epoch's steps so far. Doubles survive JSON exactly, so that an epoch resumed in the middle ends equal. */
export const epochSumsSchema = z.strictObject({
  loss: z.number(),
  correct: count,
  count,
  seconds: z.number().nonnegative(),
});

/** What a checkpoint holds besides tensors. */
export const trainingStateSchema = z.strictObject({
  settings: runSettingsSchema,
  /** SHA-256 that tells the data set from every other. */
  fingerprint: z.string(),
  /** The epoch that goes on, from 1. */
  epoch: z.int().positive(),
  /** Steps of it that are done; all of them when its validation is still to come. */
  step: count,
  /** Steps done since the run began. */
  globalStep: count,
  sums: epochSumsSchema,
  /** Seconds the run has taken so far, over all its parts. */
  seconds: z.number().nonnegative(),
  /** Every finished epoch. Schedules and early stopping are functions of it. */
  history: z.array(epochEndSchema),
}) satisfies z.ZodType<TrainingState>;

export interface TrainingState {
  readonly settings: RunSettings;
  readonly fingerprint: string;
  readonly epoch: number;
  readonly step: number;
  readonly globalStep: number;
  readonly sums: z.output<typeof epochSumsSchema>;
  readonly seconds: number;
  readonly history: readonly EpochEnd[];
}
