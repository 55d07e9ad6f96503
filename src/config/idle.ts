import * as z from 'zod';
import { UsageError } from '../errors.js';
import { type Assignment, assignAll } from './assignments.js';
import type { ModelConfig } from './schema.js';

const setsRate = z.object({ optimizer: z.object({ learningRate: z.number() }) });

/** @throws UsageError where a value was put into the config that does nothing in it */
export function requireUse({ schedule }: ModelConfig, assignments: readonly Assignment[]): void {
  if (schedule.type !== 'oneCycle' || !setsRate.safeParse(assignAll({}, assignments)).success) return;
  throw new UsageError('optimizer.learningRate does nothing: the rate of oneCycle is schedule.maxLearningRate', {
    hint: 'Set schedule.maxLearningRate instead.',
  });
}
