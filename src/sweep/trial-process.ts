import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { DataError, EngineError, EXIT } from '../errors.js';
import { eventLineSchema } from '../training/contracts/events.js';
import type { JobEvent } from './backend.js';
import type { OpenedSweep } from './definition.js';
import type { RunJob, Slot } from './local.js';
import type { Job } from './plan.js';
import { makeResult, type Result } from './results.js';

export interface TrialProcessOptions {
  /** The program and its first arguments, e.g. node and the path of fmnist.js. */
  readonly command: readonly [program: string, ...args: string[]];
  /** Flags that every trial gets, e.g. `--device cpu`. */
  readonly flags: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Hears of each checkpoint from which a training could go on. */
  readonly saved?: () => void;
}

/** A process that breaks so often without having finished an epoch will not do better the next time. */
const MOST_BREAKS = 3;

/**
 * Trains each job in a process of its own (`fmnist sweep trial`), so that a crash takes nothing else with it, and starts
 * it again where its process was killed: it goes on from its last checkpoint.
 */
export function trialProcesses(sweep: OpenedSweep, options: TrialProcessOptions): RunJob {
  return async (job, slot, tell, signal) => {
    for (let breaks = 0; ; ) {
      const outcome = await runProcess(sweep, job, slot, options, tell, signal);
      const result = await sweep.results.get(job);
      if (result !== undefined) return result;
      if (signal.aborted) return undefined;
      breaks = outcome.epochs > 0 ? 1 : breaks + 1;
      if (breaks >= MOST_BREAKS) return giveUp(sweep, job, outcome);
      tell({ event: 'job_retry', job, worker: slot.name, reason: outcome.reason });
    }
  };
}

/** Exit codes of what is wrong with the machine. */
const MACHINE_ERRORS: Readonly<Record<number, typeof DataError | typeof EngineError>> = {
  [EXIT.data]: DataError,
  [EXIT.engine]: EngineError,
};

interface Outcome {
  /** Epochs that ended in this process. */
  readonly epochs: number;
  /** How it ended, for people. */
  readonly reason: string;
  /** The error class of what is wrong with this machine rather than the trial: no other trial would do better here. */
  readonly machine: typeof DataError | typeof EngineError | undefined;
}

function runProcess(
  { folder }: OpenedSweep,
  job: Job,
  { name: worker, threads, gpu }: Slot,
  { command: [program, ...args], flags, env, saved }: TrialProcessOptions,
  tell: (event: JobEvent) => void,
  signal: AbortSignal,
): Promise<Outcome> {
  const which = ['--trial', `${job.trial}`, '--seed', `${job.seed}`, '--rung', `${job.rung}`];
  const own = ['sweep', 'trial', folder, ...which];
  const child = spawn(program, [...args, ...own, ...flags, '--json'], {
    stdio: ['ignore', 'pipe', 'pipe'],
    // Not a flag: that is refused where the device takes no threads.
    env: { ...env, FMNIST_THREADS: `${threads}`, ...(gpu !== undefined && { CUDA_VISIBLE_DEVICES: gpu }) },
    // Ctrl-C in a terminal goes to its whole foreground group: a trial hears of it once, from here.
    detached: true,
  });
  const stop = () => child.kill('SIGTERM');
  signal.addEventListener('abort', stop, { once: true });
  if (signal.aborted) stop();
  let epochs = 0;
  let complaint: string | undefined;
  createInterface({ input: child.stdout }).on('line', (line) => {
    const event = parseEvent(line);
    if (event?.event === 'error') complaint = event.message;
    if (event?.event === 'checkpoint' && event.kind === 'last') saved?.();
    if (event?.event !== 'epoch_end') return;
    epochs++;
    const { v: _, ...epoch } = event;
    tell({ event: 'job_epoch', job, worker, epoch });
  });
  // What it says for people is not needed, but a pipe that fills up would stop it.
  child.stderr.resume();
  return new Promise((resolve, reject) => {
    child.on('error', (cause) => reject(new EngineError(`no trial can be started: ${cause.message}`, { cause })));
    child.on('close', (code, killer) => {
      signal.removeEventListener('abort', stop);
      const reason = complaint ?? (killer === null ? `exit code ${code}` : `killed by ${killer}`);
      resolve({ epochs, reason, machine: MACHINE_ERRORS[code ?? 0] });
    });
  });
}

function parseEvent(line: string) {
  try {
    const parsed = eventLineSchema.safeParse(JSON.parse(line));
    return parsed.success ? parsed.data : undefined;
  } catch {
    return undefined;
  }
}

/** @throws DataError, EngineError where the machine is at fault: it trains no more, and goes on when that is mended */
async function giveUp(sweep: OpenedSweep, job: Job, { reason, machine }: Outcome): Promise<Result> {
  if (machine !== undefined) throw new machine(`a trial cannot be trained here: ${reason}`);
  const result = makeResult(sweep.plan, job, [], { message: `its process broke ${MOST_BREAKS} times: ${reason}` });
  await sweep.results.record(job, result);
  return result;
}
