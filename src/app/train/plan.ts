import { findDataset, rememberedDataset } from '../../data/find.js';
import type { DatasetSpec } from '../../datasets/spec.js';
import { locateRun } from '../../runs/names.js';
import { runProvenance } from '../../runs/provenance.js';
import { RunDirectory } from '../../runs/recorder.js';
import type { Warning } from '../../training/contracts/events.js';
import type { SavedCheckpoint } from '../../training/contracts/recorder.js';
import type { RunSettings } from '../../training/contracts/settings.js';
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
    return { settings, dataset, resume: checkpoint, warnings, open: async () => directory, close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function drawConfusion(
  confusion: readonly (readonly number[])[],
  classes: readonly string[],
): Promise<Uint8Array> {
  const { plotConfusion } = await import('../../report/plot.js');
  return plotConfusion('', confusion, classes, 'png');
}
