import { createReadStream, promises as fs } from 'node:fs';
import path from 'node:path';
import { recordedConfig } from '../config/load.js';
import type { ModelConfig } from '../config/schema.js';
import { DataError, noEffect, UsageError } from '../errors.js';
import { nodeFileSystem, type ReadableFile } from '../files/file-system.js';
import { sha256Of } from '../files/hash.js';
import { averagedWeight, averageName, isSlotName } from '../model/state-names.js';
import { type NamedTensor, type NamedTensors, readAll, selected, type TensorSource } from '../model/tensors.js';
import type { RunSettings } from '../training/contracts/settings.js';
import { type TrainingState, trainingStateSchema } from '../training/contracts/state.js';
import { loadBest } from './best.js';
import { type CheckpointKind, checkedCheckpoint, isCheckpoint, loadCheckpoint } from './checkpoint.js';
import { runPaths } from './directory.js';
import { locateRun } from './names.js';
import { readJsonFile } from './read-json-file.js';
import { openSafeTensors } from './safetensors.js';

/** Weights to evaluate, predict or export with, and the model they belong to. */
export interface TrainedModel {
  readonly config: ModelConfig;
  /** Weights, with averages where there are some, and with the optimizer's slots where they were asked for. */
  readonly tensors: NamedTensors;
  /** The file. */
  readonly path: string;
  /** How it was trained; undefined for a file of weights alone. */
  readonly settings: RunSettings | undefined;
  /** How far training had come; undefined for a file of weights alone. */
  readonly progress: { readonly steps: number; readonly learningRate: number } | undefined;
  /** What a reader should know, e.g. that the newest checkpoint was damaged. */
  readonly warnings: readonly string[];
}

export interface WeightsRequest {
  readonly runsDir: string;
  /** Which of a run's checkpoints; undefined for the one that the run itself ends with. */
  readonly checkpoint?: CheckpointKind | undefined;
  /** Whether the optimizer's slots are wanted besides: they may be most of a checkpoint, and few can use them. */
  readonly slots?: boolean;
  /** The model of a file that holds weights alone. */
  readonly config?: (() => ModelConfig) | undefined;
}

/**
 * The weights of a run (by name, `last` or path) or of a `.safetensors` file.
 *
 * @throws {UsageError} for a file of weights alone when no config comes with it, or a checkpoint of a file; {@link DataError} for what is missing or damaged.
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

/**
 * The file that a path or a run's name stands for (`last` may be another run soon), and its SHA-256.
 *
 * @throws as {@link loadTrainedModel}
 */
export async function weightsFile(target: string, runsDir: string): Promise<{ path: string; hash: string }> {
  const path = (await isFile(target)) ? target : await fileOfRun(target, runsDir);
  const hash = await sha256Of(createReadStream(path)).catch((cause: unknown) => {
    throw unreadable(path, cause);
  });
  return { path, hash };
}

async function fileOfRun(run: string, runsDir: string): Promise<string> {
  const { loaded } = await openRun(run, { runsDir });
  await loaded.close();
  return loaded.path;
}

async function openRun(target: string, { runsDir, checkpoint }: WeightsRequest) {
  const paths = runPaths(await findRunOrFile(target, runsDir));
  const config = recordedConfig(await readJsonFile(paths.config), paths.config);
  const ending = config.training.earlyStopping?.restoreBest === true ? 'best' : 'last';
  const kind = checkpoint ?? ending;
  const loaded =
    kind === 'best'
      ? await loadBest(nodeFileSystem, paths.checkpoints)
      : await loadCheckpoint(nodeFileSystem, paths.checkpoints, kind, trainingStateSchema);
  return { config, loaded };
}

async function fromRun(target: string, request: WeightsRequest): Promise<TrainedModel> {
  const { config, loaded } = await openRun(target, request);
  const warnings = loaded.fallback === undefined ? [] : [`${loaded.fallback}; taking ${path.basename(loaded.path)}`];
  const { state } = loaded;
  try {
    const tensors = await readAll(wanted(loaded.tensors, request));
    return { config, tensors, path: loaded.path, settings: state.settings, progress: progressOf(state), warnings };
  } finally {
    await loaded.close();
  }
}

async function findRunOrFile(target: string, runsDir: string): Promise<string> {
  if (/\.(?:safetensors|keras|h5)$/.test(target))
    throw new DataError(`there is no file ${target}`, { hint: RUN_OR_FILE });
  return locateRun(runsDir, target);
}

const RUN_OR_FILE = 'Name a run (see $0 runs), last, or a .safetensors file.';

async function fromFile(path: string, request: WeightsRequest): Promise<TrainedModel> {
  if (request.checkpoint !== undefined)
    throw noEffect('checkpoint', 'a file has one set of weights, a run has several');
  // Named by the user, it may well be a link.
  const file = await nodeFileSystem.open(await fs.realpath(path)).catch((cause: unknown) => {
    throw unreadable(path, cause);
  });
  try {
    return await readModel(file, path, request);
  } finally {
    await file.close();
  }
}

function unreadable(path: string, cause: unknown): DataError {
  return new DataError(`${path} cannot be read`, { cause });
}

async function readModel(file: ReadableFile, path: string, request: WeightsRequest): Promise<TrainedModel> {
  const tensors = await openSafeTensors(file, path);
  const model = { path, warnings: [] };
  if (request.config !== undefined) {
    return {
      ...model,
      config: request.config(),
      tensors: await readAll(wanted(tensors, request)),
      settings: undefined,
      progress: undefined,
    };
  }
  if (!isCheckpoint(tensors.metadata)) {
    throw new UsageError(`${path} holds weights alone`, { hint: 'Say which model they belong to: --model NAME|FILE' });
  }
  const { state } = await checkedCheckpoint(tensors, path, trainingStateSchema);
  const { settings } = state;
  const weights = await readAll(wanted(tensors, request));
  return { ...model, config: settings.config, tensors: weights, settings, progress: progressOf(state) };
}

/** The rate is that of the last whole epoch: within one it is not kept. */
function progressOf({ globalStep, history, settings }: TrainingState): TrainedModel['progress'] {
  const learningRate = history.at(-1)?.learningRate ?? settings.config.optimizer.learningRate;
  return { steps: globalStep, learningRate };
}

function wanted(tensors: TensorSource, { slots = false }: WeightsRequest): TensorSource {
  return slots ? tensors : selected(tensors, (name) => !isSlotName(name));
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
    const weight = averagedWeight(name);
    if (weight !== undefined) averages.set(weight, tensor);
    else if (!averages.has(name)) averages.set(name, tensors.get(averageName(name)) ?? tensor);
  }
  if ([...tensors.keys()].some((name) => averagedWeight(name) !== undefined)) return averages;
  throw new DataError(`${file} holds no averaged weights`, { hint: 'Set training.emaDecay in the config and train.' });
}
