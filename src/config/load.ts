import { existsSync } from 'node:fs';
import { basename, extname } from 'node:path';
import { FmnistError, UsageError } from '../errors.js';
import { buildModel } from '../model/build.js';
import { didYouMean } from '../suggest.js';
import { bundledModels, bundledPath } from './bundled.js';
import { describeIssues } from './problems.js';
import { readJson } from './read-json.js';
import { type ModelConfig, modelConfigSchema } from './schema.js';

/**
 * Loads a config by the name of a bundled one or by path, with every default filled in, and checks that its
 * layers fit together.
 * @throws UsageError with all problems at once: path, what was found, what was perhaps meant.
 */
export function loadConfig(nameOrPath: string): ModelConfig {
  return parseConfig(readConfig(nameOrPath), nameOrPath);
}

/** The raw JSON of a bundled config or of a file. */
export function readConfig(nameOrPath: string): unknown {
  return withName(readJson(findConfig(nameOrPath)), nameOrPath);
}

/**
 * Checks a raw config. `source` names it in errors.
 * @throws UsageError with all problems at once.
 */
export function parseConfig(raw: unknown, source: string): ModelConfig {
  const parsed = modelConfigSchema.safeParse(raw);
  const problems = parsed.success
    ? buildProblems(parsed.data)
    : describeIssues(modelConfigSchema, raw, parsed.error.issues);
  if (!parsed.success || problems.length > 0) {
    const number = problems.length === 1 ? 'a problem' : `${problems.length} problems`;
    throw new UsageError(`config ${source} has ${number}`, {
      problems,
      hint: 'Known layers and keys are in schema/config.json; set "$schema" to it and an editor completes them.',
    });
  }
  return parsed.data;
}

function buildProblems(config: ModelConfig): readonly string[] {
  try {
    buildModel(config);
    return [];
  } catch (error) {
    if (error instanceof FmnistError) return error.problems;
    throw error;
  }
}

function findConfig(nameOrPath: string): string {
  const models = bundledModels();
  if (models.includes(nameOrPath)) return bundledPath(nameOrPath);
  if (nameOrPath.includes('\0')) throw new UsageError('a config path cannot hold a NUL character');
  if (nameOrPath !== '' && existsSync(nameOrPath)) return nameOrPath;
  const looksLikePath = /[/\\]/.test(nameOrPath) || extname(nameOrPath) !== '';
  const what = looksLikePath ? `there is no config file ${nameOrPath}` : `there is no model "${nameOrPath}"`;
  throw new UsageError(`${what}${didYouMean(nameOrPath, models)}`, {
    hint: `Bundled models: ${models.join(', ')}; or give the path of a JSON config.`,
  });
}

/** A config without a name is called as its file. */
function withName(raw: unknown, path: string): unknown {
  if (typeof raw !== 'object' || raw === null || Array.isArray(raw) || Object.hasOwn(raw, 'name')) return raw;
  const name = basename(path, extname(path))
    .replace(/[^A-Za-z0-9_.-]/g, '-')
    .replace(/^[^A-Za-z0-9]+/, '');
  return { ...raw, name: name.slice(0, 64) || 'model' };
}
