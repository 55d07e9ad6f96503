import { findRun } from '../runs/names.js';
import { runProvenance } from '../runs/provenance.js';
import { RunDirectory } from '../runs/recorder.js';
import type { Warning } from '../training/contracts/events.js';
import type { SavedCheckpoint } from '../training/contracts/recorder.js';
import type { RunSettings } from '../training/contracts/settings.js';
import { newSettings, resumedSettings, type SettingsFlags } from './run-settings.js';

export interface RunFlags extends SettingsFlags {
  readonly runsDir: string;
  readonly resume: string | undefined;
  readonly tensorboard: boolean;
}

/** A run before anything heavy is loaded for it. */
export interface PlannedRun {
  readonly settings: RunSettings;
  readonly resume: SavedCheckpoint | undefined;
  readonly warnings: readonly Warning[];
  /** Its directory: a new one is not made before it is asked for. */
  open(): Promise<RunDirectory>;
  /** Gives the directory free. */
  close(): Promise<void>;
}

/**
 * A new run, or the one to go on with, which is locked from here on.
 *
 * @throws UsageError, DataError
 */
export async function planRun(flags: RunFlags): Promise<PlannedRun> {
  const options = { environment: await runProvenance(process.argv.slice(2)), tensorboard: flags.tensorboard };
  return flags.resume === undefined
    ? planNew(newSettings(flags), flags.runsDir, options)
    : planResumed(await findRun(flags.runsDir, flags.resume), flags, options);
}

type Options = Parameters<typeof RunDirectory.create>[2];

function planNew(settings: RunSettings, runsDir: string, options: Options): PlannedRun {
  let directory: RunDirectory | undefined;
  return {
    settings,
    resume: undefined,
    warnings: [],
    open: async () => {
      directory = await RunDirectory.create(runsDir, settings.config.name, options);
      return directory;
    },
    close: async () => directory?.close(),
  };
}

async function planResumed(folder: string, flags: RunFlags, options: Options): Promise<PlannedRun> {
  const { directory, checkpoint, warnings } = await RunDirectory.resume(folder, options);
  const close = () => directory.close();
  try {
    const settings = resumedSettings(checkpoint.state.settings, flags);
    return { settings, resume: checkpoint, warnings, open: async () => directory, close };
  } catch (error) {
    await close();
    throw error;
  }
}
