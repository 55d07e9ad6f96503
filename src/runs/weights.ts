import { promises as fs } from 'node:fs';
import path from 'node:path';
import { parseConfig } from '../config/load.js';
import type { ModelConfig } from '../config/schema.js';
import { DataError, UsageError } from '../errors.js';
import { nodeFileSystem } from '../files/file-system.js';
import type { NamedTensor, NamedTensors } from '../model/tensors.js';
import type { RunSettings } from '../training/contracts/settings.js';
import { trainingStateSchema } from '../training/contracts/state.js';
import { type CheckpointKind, decodeCheckpoint, isCheckpoint, loadCheckpoint } from './checkpoint.js';
import { runPaths } from './directory.js';
import { findRun } from './names.js';
import { readJsonFile } from './read-json-file.js';
import { decodeSafeTensors } from './safetensors.js';

/** Weights to evaluate, predict or export with, and the model they belong to. */
export interface TrainedModel {
  readonly config: ModelConfig;
  /** Weights, perhaps with optimizer slots and averages besides. */
  readonly tensors: NamedTensors;
  /** The file. */
  readonly path: string;
  /** How it was trained; undefined for a file of weights alone. */
  readonly settings: RunSettings | undefined;
  /** What a reader should know, e.g. that the newest checkpoint was damaged. */
  readonly warnings: readonly string[];
}

export interface WeightsRequest {
  readonly runsDir: string;
  /** Which of a run's checkpoints; undefined for the one that the run itself ends with. */
  readonly checkpoint?: CheckpointKind | undefined;
  /** The model of a file that holds weights alone. */
  readonly config?: (() => ModelConfig) | undefined;
}

/**
 * The weights of a run (by name, `last` or path) or of a `.safetensors` file.
 *
 * @throws {UsageError} for a file of weights alone when no config comes with it; {@link DataError} for what is missing or damaged.
 */
export async function loadTrainedModel(target: string, request: WeightsRequest): Promise<TrainedModel> {
  return (await isFile(target)) ? fromFile(target, request) : fromRun(target, request);
}

async function isFile(target: string): Promise<boolean> {
  if (target.includes('\0')) throw new UsageError('a path cannot hold a NUL character');
  return fs.stat(target).then(
    (stat) => stat.isFile(),
    () => false,
  );
}

async function fromRun(target: string, request: WeightsRequest): Promise<TrainedModel> {
  const paths = runPaths(await findRunOrFile(target, request.runsDir));
  const config = parseConfig(await readJsonFile(paths.config), paths.config);
  const ending = config.training.earlyStopping?.restoreBest === true ? 'best' : 'last';
  const kind = request.checkpoint ?? ending;
  const loaded = await loadCheckpoint(nodeFileSystem, paths.checkpoints, kind, trainingStateSchema);
  const warnings = loaded.fallback === undefined ? [] : [`${loaded.fallback}; taking ${path.basename(loaded.path)}`];
  const { tensors, state } = loaded;
  return { config, tensors, path: loaded.path, settings: state.settings, warnings };
}

async function findRunOrFile(target: string, runsDir: string): Promise<string> {
  if (/\.safetensors$/.test(target)) throw new DataError(`there is no file ${target}`, { hint: RUN_OR_FILE });
  return findRun(runsDir, target);
}

const RUN_OR_FILE = 'Name a run (see fmnist runs), last, or a .safetensors file.';

async function fromFile(file: string, { config }: WeightsRequest): Promise<TrainedModel> {
  const bytes = await fs.readFile(file).catch((cause: unknown) => {
    throw new DataError(`${file} cannot be read`, { cause });
  });
  const { tensors, metadata } = decodeSafeTensors(bytes, file);
  if (config !== undefined) return { config: config(), tensors, path: file, settings: undefined, warnings: [] };
  if (!isCheckpoint(metadata)) {
    throw new UsageError(`${file} holds weights alone`, { hint: 'Say which model they belong to: --model NAME|FILE' });
  }
  const { settings } = decodeCheckpoint(bytes, file, trainingStateSchema).state;
  return { config: settings.config, tensors, path: file, settings, warnings: [] };
}

/**
 * The moving averages in place of the weights.
 *
 * @throws {DataError} when the run kept none.
 */
export function averagedWeights({ tensors, path: file }: TrainedModel): NamedTensors {
  const averages = new Map<string, NamedTensor>();
  for (const [name, tensor] of tensors) {
    // Moving statistics of batch normalisation have no average of their own.
    if (name.startsWith('ema/')) averages.set(name.slice('ema/'.length), tensor);
    else if (!averages.has(name)) averages.set(name, tensors.get(`ema/${name}`) ?? tensor);
  }
  if ([...tensors.keys()].some((name) => name.startsWith('ema/'))) return averages;
  throw new DataError(`${file} holds no averaged weights`, { hint: 'Set training.emaDecay in the config and train.' });
}
