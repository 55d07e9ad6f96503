import * as z from 'zod';

/*
 * What the report of a sweep says, as the JSON in its file has it.
 */

const count = z.int().nonnegative();

const axis = z.object({
  path: z.string().describe('Of the parameter, as --set takes it.'),
  values: z.array(z.string()).nullable().describe('Its choices, as JSON, in the order of the sweep; null for a range.'),
  log: z.boolean(),
});
export type SweepAxis = z.output<typeof axis>;

const trial = z.object({
  trial: count,
  status: z.enum(['completed', 'failed', 'eliminated', 'pending']),
  score: z.number().nullable().describe('Mean over its seeds; null without one.'),
  epochs: count,
  parameters: z.record(z.string(), z.json()),
  message: z.string().nullable().describe('Why it failed.'),
});

export const sweepReportSchema = z.object({
  format: z.literal('fmnist-sweep'),
  version: z.literal(1),
  made: z.string().describe('ISO 8601.'),
  by: z.string().describe('Version of fmnist.'),
  name: z.string(),
  metric: z.string(),
  maximize: z.boolean(),
  isOver: z.boolean(),
  done: count.describe('Trainings that have a result.'),
  best: z.object({ trial: count, run: z.string() }).nullable(),
  axes: z.array(axis),
  trials: z.array(trial).describe('Best first.'),
  importance: z.record(z.string(), z.number()).describe('How much each parameter mattered, from 0 to 1.'),
  sweep: z.unknown().describe('The sweep as its file has it.'),
});
export type SweepReport = z.output<typeof sweepReportSchema>;
