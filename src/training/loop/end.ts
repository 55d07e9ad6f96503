import { EXIT, FmnistError } from '../../errors.js';
import type { StopRequest } from '../contracts/control.js';
import type { RunEnd, TestResults } from '../contracts/events.js';
import { earlyStopping } from '../schedules/early-stopping.js';
import type { Run } from './run.js';

export interface EndReason {
  /** The request that ended it, if one did. */
  readonly stop: StopRequest | undefined;
  /** Whether it has reached the epoch to pause after. */
  readonly paused: boolean;
  /** The test accuracy that it must reach, if any. */
  readonly minAccuracy: number | undefined;
}

/** The end of a run without an error: it completed, was asked to stop, or pauses. */
export function normalEnd(run: Run, test: TestResults | undefined, { stop, paused, minAccuracy }: EndReason): RunEnd {
  const end = { ...figures(run), ...test };
  if (stop !== undefined) {
    return { ...end, status: 'stopped', exitCode: stop.exitCode, message: `stopped after the ${stop.after}` };
  }
  if (paused) {
    const message = `paused after epoch ${end.epochs}`;
    return { ...end, status: 'stopped', exitCode: EXIT.ok, message };
  }
  const early = earlyStopMessage(end);
  const missed = minAccuracy === undefined ? [] : missedGate(test?.testAccuracy ?? 0, minAccuracy);
  const messages = [...early, ...missed];
  return {
    ...end,
    status: 'completed',
    exitCode: missed.length > 0 ? EXIT.gate : EXIT.ok,
    ...(messages.length > 0 && { message: messages.join('; ') }),
  };
}

function missedGate(accuracy: number, minAccuracy: number): string[] {
  return accuracy < minAccuracy ? [`test accuracy ${accuracy.toFixed(4)} is below ${minAccuracy}`] : [];
}

const METRICS = { valLoss: 'validation loss', valAccuracy: 'validation accuracy' } as const;

function earlyStopMessage({
  stoppedEarly,
  testedEpoch: tested,
  epochs,
}: Pick<RunEnd, 'stoppedEarly' | 'testedEpoch' | 'epochs'>): string[] {
  if (stoppedEarly === undefined) return [];
  const { monitor, patience, bestEpoch } = stoppedEarly;
  const since = `for ${patience > 1 ? `${patience} epochs` : 'an epoch'}, since epoch ${bestEpoch}`;
  // By minDelta an epoch may be the best, and not better enough to go on for.
  const restored =
    tested === bestEpoch ? ', whose weights were restored' : `; the weights of epoch ${tested} were restored`;
  const weights = tested === undefined || tested === epochs ? '' : restored;
  return [`stopped early: the ${METRICS[monitor]} has not improved ${since}${weights}`];
}

/** The end of a run that an error ended. */
export function failedEnd(run: Run, error: unknown): RunEnd {
  return { ...figures(run), ...failure(error) };
}

/** What an error says of the run that it ended. */
export function failure(error: unknown): Pick<RunEnd, 'status' | 'exitCode' | 'message'> {
  return {
    status: 'failed',
    exitCode: error instanceof FmnistError ? error.exitCode : EXIT.unexpected,
    message: error instanceof Error ? error.message : String(error),
  };
}

function figures(run: Run): Omit<RunEnd, 'status' | 'exitCode'> {
  const { history, seconds } = run.progress.state;
  const accuracies = history.flatMap(({ valAccuracy }) => valAccuracy ?? []);
  return {
    event: 'run_end',
    epochs: history.length,
    testLoss: null,
    testAccuracy: null,
    ...stoppedEarly(run),
    bestValAccuracy: accuracies.length === 0 ? null : Math.max(...accuracies),
    seconds,
    run: run.recorder.run,
  };
}

/** Empty where all epochs were trained, or early stopping has not ended the run. */
function stoppedEarly({ progress, settings }: Run): Pick<RunEnd, 'stoppedEarly'> {
  const { history } = progress.state;
  const { epochs, earlyStopping: config } = settings.config.training;
  if (config === undefined || history.length >= epochs) return {};
  const { stop, bestEpoch } = earlyStopping(config, history);
  return stop ? { stoppedEarly: { monitor: config.monitor, patience: config.patience, bestEpoch } } : {};
}
