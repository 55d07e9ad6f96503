import path from 'node:path';
import * as z from 'zod';
import { DataError, FmnistError } from '../errors.js';
import { readIfThere } from '../files/read.js';
import { type EpochEnd, type NormsEvent, runSummarySchema } from '../training/contracts/events.js';
import { creationTime, readCard, type SweepTrial } from './card.js';
import { readCurve, type WindowMeans, windowMeans } from './curves.js';
import { runPaths } from './directory.js';
import { livingOwner } from './lock.js';
import { parseMetricsJsonl } from './metrics.js';
import { listRunNames } from './names.js';
import { readNorms } from './norms.js';
import { readJsonFile } from './read-json-file.js';
import { type RunSize, sizeOfRun, totalSize } from './size.js';

/** Read with patience: what an older version or a killed process did not write is missing. */
const Summary = runSummarySchema.extend({
  status: z.enum(['running', 'completed', 'stopped', 'failed']),
  model: z.string().optional(),
});
type RunSummary = z.output<typeof Summary>;

/** Enough for a wide chart. */
const CURVE_POINTS = 200;
/** Points that become one, so that the noise of single batches goes. */
const CURVE_WINDOW = 4;

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
  /** Whether early stopping ended it before all of them. */
  readonly stoppedEarly: boolean;
  readonly bestValAccuracy: number | null;
  readonly testAccuracy: number | null;
  readonly seconds: number | null;
  readonly bytes: number;
  /** When it was made, as ISO 8601. */
  readonly created: string;
  readonly note: string | null;
  readonly tags: readonly string[];
  /** The sweep whose trial it is. */
  readonly sweep: SweepTrial | null;
  /** Why it is damaged. */
  readonly problem?: string;
}

/** What a run's files say. */
interface RunFiles {
  readonly config: unknown;
  readonly environment: unknown;
  readonly summary: RunSummary;
  readonly history: readonly EpochEnd[];
}

/** All that is kept of one run. */
export interface RunRecord extends RunListing, RunFiles {
  readonly folder: string;
  readonly size: RunSize;
  /** Training within the epochs, to be drawn; empty for a run that an older version wrote. */
  readonly curve: readonly WindowMeans[];
  /** Of its epochs, where it recorded them. */
  readonly norms: readonly NormsEvent[];
}

/** One run in a list, with its config; undefined where that cannot be read. */
export interface ListedRun extends RunListing {
  readonly config: unknown;
}

/** Every run of a folder, oldest first; a damaged one is in the list too. */
export async function listRuns(runsDir: string): Promise<ListedRun[]> {
  const names = await listRunNames(runsDir);
  return Promise.all(names.map((name) => listRun(path.join(runsDir, name))));
}

async function listRun(folder: string): Promise<ListedRun> {
  try {
    const files = await readFiles(folder);
    return { ...(await listing(folder, files)), config: files.config };
  } catch (error) {
    if (!(error instanceof FmnistError)) throw error;
    return { ...(await damaged(folder, error.message)), config: undefined };
  }
}

/**
 * Reads a run's records; none of its checkpoints.
 *
 * @throws {DataError} naming the file that is missing or damaged.
 */
export async function readRun(folder: string): Promise<RunRecord> {
  const files = await readFiles(folder);
  const { curves, norms } = runPaths(folder);
  const points = await readCurve(curves);
  const curve = windowMeans(points, Math.min(CURVE_POINTS, points.length / CURVE_WINDOW));
  const size = await sizeOfRun(folder);
  return { folder, ...(await listing(folder, files)), size, ...files, curve, norms: await readNorms(norms) };
}

async function readFiles(folder: string): Promise<RunFiles> {
  const paths = runPaths(folder);
  return {
    config: await readJsonFile(paths.config),
    environment: await readJsonFile(paths.environment).catch(() => ({})),
    summary: parseSummary(await readJsonFile(paths.summary), paths.summary),
    history: parseMetricsJsonl(await readMetrics(paths.metricsJsonl), paths.metricsJsonl),
  };
}

/** What is known of a run's folder whatever its files hold. */
async function folderFacts(folder: string) {
  const { note = null, tags = [], sweep = null } = (await readCard(folder)) ?? {};
  const created = new Date(await creationTime(folder)).toISOString();
  return { bytes: totalSize(await sizeOfRun(folder)), created, note, tags, sweep };
}

async function listing(folder: string, { config, summary, history }: RunFiles): Promise<RunListing> {
  const accuracies = history.flatMap(({ valAccuracy }) => valAccuracy ?? []);
  return {
    name: path.basename(folder),
    status: await statusOf(folder, summary),
    model: summary.model ?? null,
    epochs: Math.max(summary.epochs ?? 0, history.length),
    epochsPlanned: plannedEpochs(config),
    stoppedEarly: summary.stoppedEarly !== undefined,
    bestValAccuracy: summary.bestValAccuracy ?? (accuracies.length > 0 ? Math.max(...accuracies) : null),
    testAccuracy: summary.testAccuracy ?? null,
    seconds: summary.seconds ?? history.reduce((sum, { seconds }) => sum + seconds, 0),
    ...(await folderFacts(folder)),
  };
}

async function damaged(folder: string, problem: string): Promise<RunListing> {
  return {
    name: path.basename(folder),
    status: 'damaged',
    model: null,
    epochs: 0,
    epochsPlanned: null,
    stoppedEarly: false,
    bestValAccuracy: null,
    testAccuracy: null,
    seconds: null,
    ...(await folderFacts(folder)),
    problem,
  };
}

async function statusOf(folder: string, { status }: RunSummary): Promise<RunStatus> {
  if (status !== 'running') return status;
  return (await livingOwner(folder)) === undefined ? 'interrupted' : 'running';
}

function parseSummary(value: unknown, file: string): RunSummary {
  const parsed = Summary.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw new DataError(`${file} has a bad ${issue?.path.join('.') || 'form'}`, { hint: 'The file is damaged.' });
}

/** The longest run that a config may ask for, 100,000 epochs, writes 40 MB. */
const MOST_METRICS_BYTES = 256 * 1024 * 1024;

/** A run that was killed before its first epoch ended has none. */
async function readMetrics(file: string): Promise<string> {
  return String((await readIfThere(file, { most: MOST_METRICS_BYTES })) ?? '');
}

function plannedEpochs(config: unknown): number | null {
  const parsed = z.object({ training: z.object({ epochs: z.number() }) }).safeParse(config);
  return parsed.success ? parsed.data.training.epochs : null;
}
