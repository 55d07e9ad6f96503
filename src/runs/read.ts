import { promises as fs } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { DataError, FmnistError } from '../errors.js';
import { errorCode, hasCode } from '../files/errors.js';
import type { EpochEnd } from '../training/contracts/events.js';
import { runPaths } from './directory.js';
import { livingOwner } from './lock.js';
import { parseMetricsJsonl } from './metrics.js';
import { listRunNames } from './names.js';
import { readJsonFile } from './read-json-file.js';

const metric = z.number().nullable().optional();

const Summary = z.object({
  status: z.enum(['running', 'completed', 'stopped', 'failed']),
  model: z.string().optional(),
  epochs: z.int().nonnegative().optional(),
  testLoss: metric,
  testAccuracy: metric,
  bestValAccuracy: metric,
  seconds: metric,
  message: z.string().optional(),
  classes: z
    .array(
      z.object({ name: z.string(), precision: z.number(), recall: z.number(), f1: z.number(), support: z.number() }),
    )
    .optional(),
  confusion: z.array(z.array(z.number())).optional(),
});
type RunSummary = z.output<typeof Summary>;

/** `interrupted`: it ended without a word, by a crash or kill -9. `damaged`: its files cannot be read. */
type RunStatus = 'running' | 'interrupted' | 'completed' | 'stopped' | 'failed' | 'damaged';

/** One run in a list. */
export interface RunListing {
  readonly name: string;
  readonly status: RunStatus;
  readonly model: string | null;
  readonly epochs: number;
  /** As the config asks for; null where it cannot be read. */
  readonly epochsPlanned: number | null;
  readonly bestValAccuracy: number | null;
  readonly testAccuracy: number | null;
  readonly seconds: number | null;
  readonly bytes: number;
  /** Why it is damaged. */
  readonly problem?: string;
}

/** All that is kept of one run. */
export interface RunRecord extends RunListing {
  readonly folder: string;
  readonly config: unknown;
  readonly environment: unknown;
  readonly summary: RunSummary;
  readonly history: readonly EpochEnd[];
}

/** Every run of a folder, oldest first; a damaged one is in the list too. */
export async function listRuns(runsDir: string): Promise<RunListing[]> {
  const names = await listRunNames(runsDir);
  return Promise.all(names.map((name) => listing(path.join(runsDir, name))));
}

async function listing(folder: string): Promise<RunListing> {
  try {
    const { folder: _, config: __, environment: ___, summary: ____, history: _____, ...run } = await readRun(folder);
    return run;
  } catch (error) {
    if (!(error instanceof FmnistError)) throw error;
    const name = path.basename(folder);
    const bytes = await sizeOnDisk(folder);
    return { ...NOTHING, name, status: 'damaged', bytes, problem: error.message };
  }
}

const NOTHING = {
  model: null,
  epochs: 0,
  epochsPlanned: null,
  bestValAccuracy: null,
  testAccuracy: null,
  seconds: null,
} as const;

/**
 * Reads a run's records; none of its checkpoints.
 *
 * @throws {DataError} naming the file that is missing or damaged.
 */
export async function readRun(folder: string): Promise<RunRecord> {
  const paths = runPaths(folder);
  const config = await readJsonFile(paths.config);
  const environment = await readJsonFile(paths.environment).catch(() => ({}));
  const summary = parseSummary(await readJsonFile(paths.summary), paths.summary);
  const history = parseMetricsJsonl(await readMetrics(paths.metricsJsonl), paths.metricsJsonl);
  const { status, model, epochs, seconds, testAccuracy, bestValAccuracy } = summary;
  const alive = status === 'running' && (await livingOwner(folder)) !== undefined;
  const accuracies = history.flatMap(({ valAccuracy }) => valAccuracy ?? []);
  return {
    name: path.basename(folder),
    folder,
    status: status === 'running' && !alive ? 'interrupted' : status,
    model: model ?? null,
    epochs: Math.max(epochs ?? 0, history.length),
    epochsPlanned: plannedEpochs(config),
    bestValAccuracy: bestValAccuracy ?? (accuracies.length > 0 ? Math.max(...accuracies) : null),
    testAccuracy: testAccuracy ?? null,
    seconds: seconds ?? history.reduce((sum, epoch) => sum + epoch.seconds, 0),
    bytes: await sizeOnDisk(folder),
    config,
    environment,
    summary,
    history,
  };
}

function parseSummary(value: unknown, file: string): RunSummary {
  const parsed = Summary.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw new DataError(`${file} has a bad ${issue?.path.join('.') || 'form'}`, { hint: 'The file is damaged.' });
}

/** A run that was killed before its first epoch ended has none. */
async function readMetrics(file: string): Promise<string> {
  return fs.readFile(file, 'utf8').catch((cause: unknown) => {
    if (hasCode(cause, 'ENOENT')) return '';
    throw new DataError(`${file} cannot be read (${errorCode(cause)})`, { cause });
  });
}

function plannedEpochs(config: unknown): number | null {
  const parsed = z.object({ training: z.object({ epochs: z.number() }) }).safeParse(config);
  return parsed.success ? parsed.data.training.epochs : null;
}

/** Bytes of all files of a folder; links are not followed. */
async function sizeOnDisk(folder: string): Promise<number> {
  const entries = await fs.readdir(folder, { withFileTypes: true, recursive: true }).catch(() => []);
  const sizes = entries
    .filter((entry) => entry.isFile())
    .map((entry) =>
      fs.stat(path.join(entry.parentPath, entry.name)).then(
        ({ size }) => size,
        () => 0,
      ),
    );
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
}
