import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { packageFile } from '../package.js';

const CONFIGS_DIR = packageFile('configs/');

/** Names of the configs that come with the tool, e.g. `vgg7`. */
export function bundledModels(): string[] {
  return readdirSync(CONFIGS_DIR)
    .filter((file) => file.endsWith('.json'))
    .map((file) => file.slice(0, -'.json'.length))
    .sort();
}

/** Path of a bundled config. */
export function bundledPath(name: string): string {
  return fileURLToPath(new URL(`${name}.json`, CONFIGS_DIR));
}
