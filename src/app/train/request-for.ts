import { requireLabels } from '../../runs/card.js';
import { requireRunName } from '../../runs/names.js';
import { weightsFile } from '../../runs/weights.js';
import type { SettingsChoice, TrainRequest } from './request.js';
import { newSettings } from './settings.js';

/** What somebody asks of a training, in words of their own: a new run, or one that goes on. */
export interface TrainChoice extends SettingsChoice, Omit<TrainRequest, 'run' | 'pauseAfterEpoch' | 'test' | 'tags'> {
  /** Of a new run. */
  readonly name?: string | undefined;
  readonly tag?: readonly string[] | undefined;
  /** A run to go on with. */
  readonly resume?: string | undefined;
  /** A file or run whose weights a new run starts from. */
  readonly weights?: string | undefined;
}

/**
 * The request that another process could take up as well: all that a new run is to be stands in it.
 *
 * @throws UsageError for a config that makes no model; DataError for weights that cannot be read
 */
export async function requestFor(choice: TrainChoice): Promise<TrainRequest> {
  const { runsDir, device, threads, deterministic, jitCompile, dataDir, offline } = choice;
  const { checkpointMinutes, minAccuracy, tensorboard, histograms, norms, name, note, tag } = choice;
  requireLabels({ note, tags: tag });
  if (name !== undefined) requireRunName(name);
  const how = {
    ...{ runsDir, device, threads, deterministic, jitCompile, dataDir, offline },
    ...{ checkpointMinutes, minAccuracy, tensorboard, histograms, norms, note, tags: tag && [...tag] },
  };
  if (choice.resume !== undefined) {
    return { run: { type: 'resume', run: choice.resume, choice: settingsOf(choice) }, ...how };
  }
  const settings = newSettings(choice);
  if (choice.weights === undefined) return { run: { type: 'new', settings, name }, ...how };
  const { path, hash } = await weightsFile(choice.weights, runsDir);
  return { run: { type: 'new', settings: { ...settings, weights: hash }, weights: path, name }, ...how };
}

function settingsOf(choice: TrainChoice): SettingsChoice {
  const { model, config, set, epochs, batchSize, learningRate, validationSplit } = choice;
  const { seed, data, limit, augment, validation, shuffle, precision } = choice;
  return {
    ...{ model, config, set, epochs, batchSize, learningRate, validationSplit },
    ...{ seed, data, limit, augment, validation, shuffle, precision },
  };
}
