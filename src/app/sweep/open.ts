import path from 'node:path';
import { bundledModels } from '../../config/bundled.js';
import { UsageError } from '../../errors.js';
import { type OpenedSweep, openSweep as openDefinition } from '../../sweep/definition.js';
import { nothingHeldOut } from '../../sweep/plan.js';
import { type Scheduler, type SchedulerOptions, schedulerFile } from '../../sweep/schedulers.js';
import type { Sweep } from '../../sweep/schema.js';
import { type SweepSummary, summariseSweep } from '../../sweep/summary.js';
import type { RunSettings } from '../../training/contracts/settings.js';
import { settingsChoiceSchema } from '../train/request.js';
import { newSettings } from '../train/settings.js';

/**
 * A sweep file, or a sweep that was begun, by its name or folder.
 * @throws UsageError, DataError as {@link openDefinition}
 */
export function openSweep(target: string, sweepsDir: string): Promise<OpenedSweep> {
  return openDefinition(target, sweepsDir, sweepSettings);
}

/**
 * The settings that a sweep's runs start from. Paths in a sweep file are relative to it.
 * @throws UsageError for settings or a config that cannot be
 */
function sweepSettings(sweep: Sweep, folder: string): RunSettings {
  const { model, config, seed, data, limit, augment, validation, precision } = sweep;
  const choice = settingsChoiceSchema.safeParse({
    ...{ model: located(model, folder), config: located(config, folder) },
    ...{ seed, data, limit, augment, validation, precision },
  });
  if (choice.success) {
    const settings = newSettings(choice.data);
    if (settings.validation !== 'none') return settings;
    throw nothingHeldOut('Take "validation": "honest".');
  }
  throw new UsageError('the sweep has settings that no run can have', {
    problems: choice.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`),
  });
}

function located(name: string | undefined, folder: string): string | undefined {
  return name === undefined || bundledModels().includes(name) ? name : path.resolve(folder, name);
}

/** Where a sweep stands. */
export async function showSweep(target: string, sweepsDir: string): Promise<SweepSummary> {
  return summariseSweep(await openSweep(target, sweepsDir));
}

/** What a scheduler takes to run a sweep. */
export async function planSweepFor(
  scheduler: Scheduler,
  target: string,
  sweepsDir: string,
  options: SchedulerOptions,
): Promise<string> {
  return schedulerFile(scheduler, await openSweep(target, sweepsDir), options);
}
