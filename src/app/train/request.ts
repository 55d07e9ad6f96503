import * as z from 'zod';
import { VALIDATION_MODES } from '../../data/splits.js';
import { DEVICE_CHOICES, PRECISIONS } from '../../engine/engine.js';
import { sweepTrialSchema } from '../../runs/card.js';
import { runSettingsSchema } from '../../training/contracts/settings.js';

/** What may be asked of a run, each over what it has without it: the defaults, or the settings of a run that goes on. */
export const settingsChoiceSchema = z.strictObject({
  model: z.string().optional(),
  config: z.string().optional(),
  set: z.array(z.string()).optional(),
  epochs: z.int().positive().optional(),
  batchSize: z.int().positive().optional(),
  learningRate: z.number().positive().optional(),
  validationSplit: z.number().nonnegative().optional(),
  seed: z.int().optional(),
  /** The name of a data set or the path of a manifest. */
  data: z.string().optional(),
  limit: z.int().positive().optional(),
  augment: z.int().nonnegative().optional(),
  validation: z.enum(VALIDATION_MODES).optional(),
  shuffle: z.boolean().optional(),
  precision: z.enum(PRECISIONS).optional(),
});

export type SettingsChoice = z.output<typeof settingsChoiceSchema>;

const newRunSchema = z.strictObject({
  type: z.literal('new'),
  settings: runSettingsSchema,
  /** A file whose weights it starts from; the settings have its hash. */
  weights: z.string().optional(),
  /** Of its folder; made of the time, the model and a random suffix when left out. */
  name: z.string().optional(),
});

const resumedRunSchema = z.strictObject({
  type: z.literal('resume'),
  /** Its name, its path or `last`. */
  run: z.string(),
  /** May raise the epochs; all else must be as it was. */
  choice: settingsChoiceSchema.default({}),
});

/** A training as plain JSON: another process, or another machine, can take it up. */
export const trainRequestSchema = z.strictObject({
  run: z.discriminatedUnion('type', [newRunSchema, resumedRunSchema]),
  /** What a person says of it. */
  note: z.string().optional(),
  tags: z.array(z.string()).optional(),
  /** Whose trial it is. */
  sweep: sweepTrialSchema.optional(),
  /** Folder of the run directories. */
  runsDir: z.string(),
  device: z.union([z.enum(DEVICE_CHOICES), z.templateLiteral(['gpu:', z.int().nonnegative()])]).default('auto'),
  /** On a GPU: the same seed gives the same bytes. */
  deterministic: z.boolean().default(true),
  /** XLA compiles the steps. */
  jitCompile: z.boolean().default(false),
  /** CPU threads of the engine; all cores when left out. */
  threads: z.int().positive().optional(),
  /** A folder with the data set's files. */
  dataDir: z.string().optional(),
  /** Never use the network. */
  offline: z.boolean().default(false),
  /** A checkpoint within an epoch this often. */
  checkpointMinutes: z.number().nonnegative().default(5),
  /** The run ends with exit code 7 when its test accuracy is below. */
  minAccuracy: z.number().min(0).max(1).optional(),
  /** The run ends as stopped after this epoch, to be resumed: schedules still count all of the config's epochs. */
  pauseAfterEpoch: z.int().positive().optional(),
  /** False leaves the test images alone: a sweep chooses by validation. */
  test: z.boolean().default(true),
  /** Write TensorBoard event files too. */
  tensorboard: z.boolean().default(false),
  /** In them, each epoch's weights as histograms. */
  histograms: z.boolean().default(false),
  /** Record each epoch's norms of weights and gradients. */
  norms: z.boolean().default(false),
});

/** As it is sent: what has a default may be left out. */
export type TrainRequest = z.input<typeof trainRequestSchema>;
export type Training = z.output<typeof trainRequestSchema>;
