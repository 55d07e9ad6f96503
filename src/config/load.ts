import { existsSync } from 'node:fs';
import { extname } from 'node:path';
import { commandLine } from '../command-line.js';
import { fashionMnist } from '../datasets/fashion-mnist.js';
import { modelInput } from '../datasets/spec.js';
import { FmnistError, UsageError } from '../errors.js';
import { fileName, isStandardInput } from '../files/standard-input.js';
import { describeIssues } from '../json/problems.js';
import { readJson } from '../json/read.js';
import { buildModel, type ModelInput } from '../model/build.js';
import { didYouMean } from '../suggest.js';
import { nameOfFile } from '../text.js';
import { bundledModels, bundledPath } from './bundled.js';
import { numberProblems } from './numbers.js';
import { type ModelConfig, modelConfigSchema } from './schema.js';

/** What a config is checked with when nobody says which data it is for. */
const FASHION_MNIST: ModelInput = modelInput(fashionMnist);

/**
 * Loads a config by the name of a bundled one or by path, with every default filled in, and checks that its
 * layers fit together and to the images and classes of `input`.
 * @throws UsageError with all problems at once: path, what was found, what was perhaps meant.
 */
export function loadConfig(nameOrPath: string, input?: ModelInput): ModelConfig {
  return parseConfig(readConfig(nameOrPath), nameOrPath, input);
}

/** The raw JSON of a bundled config or of a file. */
export function readConfig(nameOrPath: string): unknown {
  return withName(readJson(findConfig(nameOrPath), { what: 'config', error: UsageError }), nameOrPath);
}

/**
 * Checks a raw config. `source` names it in errors.
 * @throws UsageError with all problems at once.
 */
export function parseConfig(raw: unknown, source: string, input: ModelInput = FASHION_MNIST): ModelConfig {
  const config = withOutputUnits(recordedConfig(raw, source), input.classes);
  const problems = buildProblems(config, input);
  if (problems.length > 0) throw badConfig(source, problems);
  return config;
}

/**
 * A config that a run has kept. Its layers were checked against the images when the run began; they may not be here.
 * @throws UsageError with all problems at once.
 */
export function recordedConfig(raw: unknown, source: string): ModelConfig {
  const parsed = modelConfigSchema.safeParse(raw);
  if (parsed.success) return parsed.data;
  if (isSweep(raw)) {
    const hint = `Train its trials: ${commandLine('sweep', 'run', isStandardInput(source) ? 'FILE' : source)}`;
    throw new UsageError(`${fileName(source)} is a sweep, not a config`, { hint });
  }
  throw badConfig(source, describeIssues(modelConfigSchema, raw, parsed.error.issues, 'config'));
}

/** By what only a sweep file has. */
function isSweep(raw: unknown): boolean {
  return typeof raw === 'object' && raw !== null && Object.hasOwn(raw, 'parameters') && !Object.hasOwn(raw, 'layers');
}

function badConfig(source: string, problems: readonly string[]): UsageError {
  const number = problems.length === 1 ? 'a problem' : `${problems.length} problems`;
  return new UsageError(`config ${fileName(source)} has ${number}`, {
    problems,
    hint: 'See all layers and keys (with --path the file, for an editor\'s "$schema"): $0 schema config',
  });
}

/** The last dense layer has one unit a class where the config does not say how many. */
function withOutputUnits(config: ModelConfig, classes: number): ModelConfig {
  const last = config.layers.findLastIndex(({ type }) => type === 'dense');
  const layers = config.layers.map((layer, i) =>
    i === last && layer.type === 'dense' ? { ...layer, units: layer.units ?? classes } : layer,
  );
  return { ...config, layers };
}

function buildProblems(config: ModelConfig, input: ModelInput): readonly string[] {
  const problems = numberProblems(config);
  try {
    buildModel(config, input);
    return problems;
  } catch (error) {
    if (error instanceof FmnistError) return [...error.problems, ...problems];
    throw error;
  }
}

function findConfig(nameOrPath: string): string {
  const models = bundledModels();
  if (models.includes(nameOrPath)) return bundledPath(nameOrPath);
  if (isStandardInput(nameOrPath)) return nameOrPath;
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
  const name = isStandardInput(path) ? '' : nameOfFile(path, '.');
  return { ...raw, name: name || 'model' };
}
