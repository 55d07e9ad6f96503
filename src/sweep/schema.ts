import * as z from 'zod';

const finite = z.number();

/** Values that a random draw takes from a range; a grid takes `steps` of them, both ends included. */
const range = { min: finite, max: finite, steps: z.int().min(2).max(10_000).optional() };
const RISING = { path: ['max'], error: 'must be above min' };

const parameterSchema = z
  .union([
    z.array(z.json()).min(1),
    z
      .discriminatedUnion('type', [
        z.strictObject({ type: z.literal('choice'), values: z.array(z.json()).min(1) }),
        z.strictObject({ type: z.literal('uniform'), ...range }).refine(({ min, max }) => min < max, RISING),
        z
          .strictObject({ type: z.literal('logUniform'), ...range, min: finite.positive() })
          .refine(({ min, max }) => min < max, RISING),
        z
          .strictObject({ type: z.literal('integer'), min: z.int(), max: z.int() })
          .refine(({ min, max }) => min < max, RISING),
      ])
      .describe('How a value is chosen.'),
  ])
  .transform((parameter) => (Array.isArray(parameter) ? { type: 'choice' as const, values: parameter } : parameter));

/** Trials of one sweep: more are a typing error, or want another strategy. */
export const LARGEST_SWEEP = 10_000;
const trials = z.int().min(1).max(LARGEST_SWEEP);

const strategySchema = z
  .discriminatedUnion('type', [
    z.strictObject({ type: z.literal('grid') }),
    z.strictObject({ type: z.literal('random'), trials }),
    z.strictObject({
      type: z.literal('halving'),
      trials: trials.optional().describe('Random draws; every point of the grid when left out.'),
      reduction: z.int().min(2).max(100).default(3).describe('Of so many trials one goes on to the next rung.'),
      minEpochs: z.int().min(1).default(1).describe('Epochs of the first rung.'),
    }),
  ])
  .describe('Which points are tried, and for how long.');

/** What a sweep may look at: validation only, never the test images. */
export const METRICS = ['valAccuracy', 'valLoss', 'emaValAccuracy', 'emaValLoss'] as const;
export type Metric = (typeof METRICS)[number];

/** A sweep's name is that of its folder. */
export const sweepNameSchema = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/, 'must be letters, digits, _ - (64 at most)');

/** A sweep: one model or config, what varies in it, and how points are chosen. */
export const sweepSchema = z.strictObject({
  $schema: z.string().optional().describe('For editors; ignored.'),
  name: sweepNameSchema.optional().describe('Name of the sweep and of its folder; the file name when left out.'),
  description: z.string().optional(),
  model: z.string().optional().describe('A bundled model or the path of a config, relative to this file.'),
  config: z.string().optional().describe('A config whose settings are taken, as with --model and --config.'),
  set: z.record(z.string(), z.json()).default({}).describe('Fixed values by path, as --set takes them.'),
  parameters: z
    .record(z.string(), parameterSchema)
    .refine((parameters) => Object.keys(parameters).length > 0, 'must name at least one parameter')
    .describe('What varies, by path, as --set takes them.'),
  strategy: strategySchema.prefault({ type: 'grid' }),
  seed: z.int().min(0).default(42).describe('Seed of the draws; runs count their seeds from it.'),
  seeds: z.int().min(1).max(100).default(1).describe('Runs a trial, each with its own seed; their mean counts.'),
  metric: z.enum(METRICS).default('valAccuracy'),
  direction: z.enum(['maximize', 'minimize']).optional().describe("The metric's own when left out."),
  data: z.string().optional(),
  limit: z.int().min(2).optional().describe('Only the first N training images.'),
  augment: z.int().min(0).optional().describe('Augmented images appended.'),
  validation: z.string().optional(),
  precision: z.string().optional(),
  limits: z
    .strictObject({ minutes: z.number().positive().optional(), trials: trials.optional() })
    .prefault({})
    .describe('When to stop, whatever is left.'),
});

export type Sweep = z.output<typeof sweepSchema>;
export type Parameter = Sweep['parameters'][string];

/** The JSON Schema of a sweep file for editors, as it stands in `schema/sweep.json`. */
export function sweepJsonSchema(): object {
  return { title: 'fmnist sweep', ...z.toJSONSchema(sweepSchema, { io: 'input', target: 'draft-7' }) };
}
