import * as z from 'zod';

/** How the test images may be looked at, at a run's end. */
export const TESTS = ['test', 'emaTest', 'ttaTest', 'emaTtaTest'] as const;
export type Test = (typeof TESTS)[number];

const test = z.enum(TESTS);
const accuracies = z
  .partialRecord(test, z.number())
  .describe('Test accuracies: of the weights and of their averages, each over changed copies of the images too.');

const seedRun = z
  .strictObject({
    run: z.string().describe('The run directory.'),
    seed: z.int(),
    seconds: z.number(),
    accuracies,
    diverged: z.string().exactOptional().describe('Why it has no test, where its loss became infinite or NaN.'),
  })
  .readonly();

/** One of several runs that differ by their seeds. */
export type SeedRun = z.output<typeof seedRun>;

export const seedsEndSchema = z
  .strictObject({
    event: z.literal('seeds_end'),
    model: z.string(),
    runs: z.array(seedRun).readonly(),
    spread: z
      .partialRecord(test, z.strictObject({ mean: z.number(), deviation: z.number() }))
      .describe('Mean and standard deviation (of a sample) of the accuracies, where two runs or more were tested.'),
  })
  .readonly();

/** With `--seeds`, after the last run. */
export type SeedsEnd = z.output<typeof seedsEndSchema>;
