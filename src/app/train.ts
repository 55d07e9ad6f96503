import { totalmem } from 'node:os';
import type { OpenedEngine } from '../engine/open.js';
import { buildModel } from '../model/build.js';
import { fitWeights } from '../model/fit-weights.js';
import { leastStepBytes, requireStepMemory } from '../model/memory.js';
import { sourceOf } from '../model/tensors.js';
import { TrainingControl } from '../training/contracts/control.js';
import type { RunEnd, Warning } from '../training/contracts/events.js';
import type { RunSettings } from '../training/contracts/settings.js';
import { train } from '../training/loop/train.js';
import { createReporter } from '../ui/reporters/create.js';
import { type DataFlags, loadData } from './open-data.js';
import { type EngineFlags, loadEngine } from './open-engine.js';
import { type PlannedRun, planRun, type RunFlags } from './plan-run.js';
import { stopOnSignals } from './signals.js';

export interface TrainFlags extends RunFlags, Omit<DataFlags, 'data'>, EngineFlags {
  readonly weights: string | undefined;
  readonly minAccuracy: number | undefined;
  readonly checkpointMinutes: number | undefined;
  readonly json: boolean;
  readonly jsonSteps: boolean;
  readonly quiet: boolean;
}

/** Trains as the flags say, shown by the reporter that fits the terminal. @returns how it ended */
export async function trainingSession(flags: TrainFlags): Promise<RunEnd> {
  const run = await planRun(flags);
  try {
    return await trainPlanned(run, flags);
  } finally {
    await run.close();
  }
}

async function trainPlanned(run: PlannedRun, flags: TrainFlags): Promise<RunEnd> {
  const { settings } = run;
  const weights = flags.weights === undefined ? undefined : await firstWeights(flags.weights, settings, flags);
  const [dataset, opened] = await loadBoth(settings, flags);
  if (opened.engine.info.device === 'cpu') requireMemory(settings, dataset.train.labels.length);

  const control = new TrainingControl();
  const { stdin, stdout, stderr, env } = process;
  const reporter = await createReporter({ ...flags, stdin, stdout, stderr, env, control });
  let ignoreSignals = () => {};
  let end: RunEnd | undefined;
  try {
    const events = train({
      settings,
      dataset,
      engine: opened.engine,
      openRecorder: () => {
        // Only from here on there is something to save before the program ends.
        ignoreSignals = stopOnSignals(control, () => reporter.close());
        return run.open();
      },
      control,
      resume: run.resume,
      weights,
      checkpointMinutes: flags.checkpointMinutes ?? 5,
      minAccuracy: flags.minAccuracy,
      warnings: [...run.warnings, ...dataset.notes.map((message) => ({ message })), ...engineWarnings(opened)],
    });
    for await (const event of events) {
      reporter.handle(event);
      if (event.event === 'run_end') end = event;
    }
  } finally {
    ignoreSignals();
    reporter.close();
  }
  if (end === undefined) throw new Error('the run ended without run_end');
  return end;
}

function requireMemory({ config, precision, limit, augment }: RunSettings, images: number): void {
  const model = buildModel(config);
  const batchSize = Math.min(config.training.batchSize, (limit ?? images) + augment);
  const least = leastStepBytes(model, batchSize, precision === 'bfloat16' ? 2 : 4);
  // Without a limit (cgroup) Node tells 0 or a number beyond any machine.
  const machine = Math.min(totalmem(), process.constrainedMemory() || Number.POSITIVE_INFINITY);
  requireStepMemory(least, machine, batchSize);
}

/** Data are read and hashed in other threads while the engine's library is loaded in this one. */
async function loadBoth({ dataset, precision }: RunSettings, flags: TrainFlags) {
  const other = new AbortController();
  const data = loadData({ ...flags, data: dataset }, other.signal);
  const engine = loadEngine({ ...flags, precision }, other.signal);
  try {
    return await Promise.all([data, engine]);
  } catch (error) {
    // A download that nobody needs any more would keep the program from ending.
    other.abort(error);
    throw error;
  }
}

function engineWarnings({ device, passedOver, notices }: OpenedEngine): Warning[] {
  const worse = passedOver.map(({ device: better, reason, fix }) => ({
    message: `training on ${device}, not on ${better}: ${reason}`,
    ...(fix !== undefined && { hint: fix }),
  }));
  return [...worse, ...notices];
}

async function firstWeights(file: string, settings: RunSettings, { runsDir }: TrainFlags) {
  const { loadTrainedModel } = await import('../runs/weights.js');
  const { tensors, path } = await loadTrainedModel(file, { runsDir, config: () => settings.config });
  return sourceOf(fitWeights(buildModel(settings.config), tensors, path));
}
