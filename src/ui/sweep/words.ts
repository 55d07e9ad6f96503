import type { Job, Plan } from '../../sweep/plan.js';
import type { Result } from '../../sweep/results.js';
import type { SweepEvent } from '../../sweep/run.js';
import type { Point } from '../../sweep/space.js';
import * as format from '../format.js';

/** What is said of a trial: its number, its seed where there are several, and its parameters. */
export function trialText({ sweep, point }: Plan, { trial, seed }: Pick<Job, 'trial' | 'seed'>): string {
  const parts = [`trial ${trial}`, ...(sweep.seeds > 1 ? [`seed ${seed}`] : []), ...parameterTexts(point(trial))];
  return parts.join(' ');
}

export function parameterTexts(point: Point): string[] {
  return Object.entries(point).map(([path, value]) => `${shortPath(path)}=${JSON.stringify(value)}`);
}

/** The line that an event is worth for whoever reads along, whole and to be kept; undefined for none. */
export function eventText(plan: Plan, event: SweepEvent): string | undefined {
  switch (event.event) {
    case 'job_retry':
      return `${trialText(plan, event.job)}: ${retryText(event.reason)}`;
    case 'job_end':
      return `${trialText(plan, event.job)}: ${resultText(plan, event.result)}`;
    case 'notice':
      return event.message;
    default:
      return undefined;
  }
}

/** `optimizer.learningRate` is known by its last word; `layers.0.filters` is not. */
export function shortPath(path: string): string {
  return /\d/.test(path) ? path : path.slice(path.lastIndexOf('.') + 1);
}

function resultText({ sweep }: Plan, { status, score, message }: Result): string {
  return status === 'failed' ? `failed: ${message}` : `${sweep.metric} ${scoreText(sweep.metric, score)}`;
}

export function scoreText(metric: string, score: number | null | undefined): string {
  return /accuracy$/i.test(metric) ? format.percent(score) : format.loss(score);
}

/** Of a training whose process broke, whose worker was lost, or who was overtaken. */
export function retryText(reason: string): string {
  return `tried again, from its last checkpoint (${reason})`;
}
