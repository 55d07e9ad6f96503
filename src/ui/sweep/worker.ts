import type { WorkerEvent } from '../../sweep/queue/worker.js';
import { printable } from '../../text.js';
import { plural } from '../format.js';
import type { OutStream } from '../streams.js';
import { retryText, scoreText } from './words.js';

export interface WorkerReporterOptions {
  readonly json: boolean;
  readonly stdout: OutStream;
  readonly stderr: OutStream;
}

/** A line for what a worker begins and ends, JSON or plain; what is not as it should be goes to stderr. */
export function workerReporter({ json, stdout, stderr }: WorkerReporterOptions): (event: WorkerEvent) => void {
  return (event) => {
    if (json) stdout.write(`${JSON.stringify({ v: 1, ...event })}\n`);
    if (event.event === 'notice') stderr.write(`${printable(event.message)}\n`);
    const line = json ? undefined : lineOf(event);
    if (line !== undefined) stdout.write(`${printable(line)}\n`);
  };
}

function lineOf(event: WorkerEvent): string | undefined {
  switch (event.event) {
    case 'worker_ready':
      return `${event.worker} waits for trials from redis at ${event.redis}, ${event.trials} at a time`;
    case 'job_start':
      return `${nameOf(event)}: begun`;
    case 'job_retry':
      return `${nameOf(event)}: ${retryText(event.reason)}`;
    case 'job_end': {
      const { status, message, epochs, valAccuracy } = event.result;
      const text = status === 'failed' ? `failed: ${message}` : `val accuracy ${scoreText('accuracy', valAccuracy)}`;
      return `${nameOf(event)}: ${text} after ${plural(epochs, 'epoch')}`;
    }
    default:
      return undefined;
  }
}

function nameOf({ sweep, job }: Extract<WorkerEvent, { sweep: string }>): string {
  return `${sweep} trial ${job.trial} seed ${job.seed} rung ${job.rung + 1}`;
}
