import { findDataset, rememberedDataset } from '../../data/find.js';
import type { DatasetSpec } from '../../datasets/spec.js';
import { locateRun } from '../../runs/names.js';
import { runProvenance } from '../../runs/provenance.js';
import { readRun } from '../../runs/read.js';
import { RunDirectory } from '../../runs/recorder.js';
import type { Warning } from '../../training/contracts/events.js';
import type { SavedCheckpoint } from '../../training/contracts/recorder.js';
import type { RunSettings } from '../../training/contracts/settings.js';
import type { TrainingState } from '../../training/contracts/state.js';
import { isFinished } from '../../training/loop/train.js';
import type { SettingsChoice, Training } from './request.js';
import { resumedSettings } from './settings.js';

/** A run before anything heavy is loaded for it. */
export interface PlannedRun {
  readonly settings: RunSettings;
  readonly dataset: DatasetSpec;
  readonly resume: SavedCheckpoint | undefined;
  readonly warnings: readonly Warning[];
  /** Its directory: a new one is not made before it is asked for. */
  open(): Promise<RunDirectory>;
  /** Releases the directory for other processes. */
  close(): Promise<void>;
}

/**
 * A new run, or the one to go on with, which is locked from here on.
 *
 * @throws UsageError, DataError
 */
export async function planRun(training: Training, argv: readonly string[]): Promise<PlannedRun> {
  const { run, runsDir, tensorboard, histograms, note, tags, sweep } = training;
  const options = {
    environment: await runProvenance(argv),
    labels: { note, tags, sweep },
    tensorboard,
    histograms,
    drawConfusion,
  };
  return run.type === 'new'
    ? planNew(run.settings, runsDir, { ...options, name: run.name })
    : planResumed(await locateRun(runsDir, run.run), run.choice, options);
}

type Options = Parameters<typeof RunDirectory.create>[2];

function planNew(settings: RunSettings, runsDir: string, options: Options): PlannedRun {
  let directory: RunDirectory | undefined;
  return {
    settings,
    dataset: rememberedDataset(settings.dataset),
    resume: undefined,
    warnings: [],
    open: async () => {
      directory = await RunDirectory.create(runsDir, settings.config.name, options);
      return directory;
    },
    close: async () => directory?.close(),
  };
}

async function planResumed(folder: string, choice: SettingsChoice, options: Options): Promise<PlannedRun> {
  const { directory, checkpoint, warnings } = await RunDirectory.resume(folder, options);
  const close = () => directory.close();
  try {
    const saved = checkpoint.state.settings;
    const dataset = choice.data === undefined ? rememberedDataset(saved.dataset) : findDataset(choice.data);
    const settings = resumedSettings(saved, choice, dataset);
    const finished =
      isFinished(checkpoint.state, settings) && (await isTested(folder))
        ? [nothingLeft(folder, checkpoint.state, settings)]
        : [];
    return {
      ...{ settings, dataset, resume: checkpoint, warnings: [...warnings, ...finished] },
      ...{ open: async () => directory, close },
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** A run whose test is still to come, as after a sweep, is gone on with for that. */
async function isTested(folder: string): Promise<boolean> {
  const known = await readRun(folder).catch(() => undefined);
  return known?.status === 'completed' && known.testAccuracy !== null;
}

function nothingLeft(folder: string, { history }: TrainingState, { config }: RunSettings): Warning {
  const all = history.length >= config.training.epochs;
  const done = all
    ? `all ${history.length} epochs are trained`
    : `early stopping ended it after epoch ${history.length}`;
  return {
    message: `nothing is left to train, and the run is tested again: ${done}`,
    hint: all
      ? `To train on, ask for more epochs: --epochs ${2 * history.length}`
      : `To train on, start a new run from its weights: --weights ${folder}`,
  };
}

async function drawConfusion(
  confusion: readonly (readonly number[])[],
  classes: readonly string[],
): Promise<Uint8Array> {
  const { plotConfusion } = await import('../../report/plot.js');
  return plotConfusion('', confusion, classes, 'png');
}
