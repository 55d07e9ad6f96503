import { readdirSync } from 'node:fs';
import { expect, it } from 'vitest';
import { loadConfig } from '../src/config/load.js';
import { runTraining, settings } from './helpers/training-run.js';

const EXAMPLES = readdirSync('examples').filter((file) => file.endsWith('.json'));

it.each(EXAMPLES)('examples/%s trains, and says what it is for', async (file) => {
  const config = loadConfig(`examples/${file}`);
  expect(config.description).toBeTruthy();
  const few = { ...config, training: { ...config.training, epochs: 1, batchSize: 32 } };
  const { steps, end, error } = await runTraining({ settings: { ...settings(), config: few, limit: 128 } });
  expect(error).toBeUndefined();
  expect(steps.length).toBe(3);
  expect(end?.status).toBe('completed');
  expect(end?.testAccuracy).toBeGreaterThanOrEqual(0);
});
