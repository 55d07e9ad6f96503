import * as z from 'zod';
import { epochEndSchema } from './events.js';
import { runSettingsSchema } from './settings.js';

const count = z.int().nonnegative();

/** Sums over an epoch's steps so far. Doubles survive JSON exactly, so that an epoch resumed in the middle ends equal. */
const epochSumsSchema = z
  .strictObject({ loss: z.number(), correct: count, count, seconds: z.number().nonnegative() })
  .readonly();

/** What a checkpoint holds besides tensors. */
export const trainingStateSchema = z
  .strictObject({
    settings: runSettingsSchema,
    /** SHA-256 that identifies the data set. */
    fingerprint: z.string(),
    /** What it was computed with: another engine, compiler or number of threads adds up in another order. Older runs do not tell. */
    engine: z
      .strictObject({
        name: z.string(),
        device: z.enum(['gpu', 'cpu']),
        threads: count,
        /** As EngineInfo has them. */
        jitCompile: z.boolean().exactOptional(),
        deterministic: z.boolean().exactOptional(),
      })
      .readonly()
      .exactOptional(),
    /** The epoch that is resumed, from 1. */
    epoch: z.int().positive(),
    /** Steps of it that are done; all of them when its validation is still to come. */
    step: count,
    /** Steps done since the run began. */
    globalStep: count,
    sums: epochSumsSchema,
    /** Seconds the run has taken so far, over all its parts. */
    seconds: z.number().nonnegative(),
    /** Every finished epoch. Schedules and early stopping are functions of it. */
    history: z.array(epochEndSchema).readonly(),
  })
  .readonly();

export type TrainingState = z.output<typeof trainingStateSchema>;
