import { existsSync, lstatSync, statSync } from 'node:fs';
import path from 'node:path';
import * as z from 'zod';
import { referredDescription } from '../datasets/reference.js';
import { modelInput } from '../datasets/spec.js';
import { differences } from '../differences.js';
import { DataError, UsageError } from '../errors.js';
import { folderProblem } from '../files/errors.js';
import { nodeFileSystem, writeOnce } from '../files/file-system.js';
import { makeFolder } from '../files/make-folder.js';
import { describeIssues } from '../json/problems.js';
import { readJson } from '../json/read.js';
import { nameOfFile } from '../text.js';
import { type RunSettings, runSettingsSchema } from '../training/contracts/settings.js';
import { type Plan, planSweep } from './plan.js';
import { Results } from './results.js';
import { type Sweep, sweepNameSchema, sweepSchema } from './schema.js';

/** A sweep with the settings that its runs start from, so that later changes to its files change nothing in it. */
const definitionSchema = z.strictObject({
  v: z.literal(1),
  name: sweepNameSchema,
  sweep: sweepSchema,
  settings: runSettingsSchema,
});

type Definition = z.output<typeof definitionSchema>;

/** A sweep and where everything of it lies. */
export interface OpenedSweep {
  readonly name: string;
  /** Of its runs, but for the config's parameters and the seed. */
  readonly settings: RunSettings;
  readonly folder: string;
  /** Folder of the run directories of its trials. */
  readonly runsDir: string;
  readonly plan: Plan;
  readonly results: Results;
}

/** Turns what a sweep file says of its runs into their settings; `folder` is the file's own. */
export type ResolveSettings = (sweep: Sweep, folder: string) => RunSettings;

/**
 * A sweep, whose folder holds its definition from here on.
 *
 * @param target a sweep file, or the folder or the name of a sweep that was begun
 * @throws UsageError with all problems of the file, or when another sweep of this name is there; DataError when its folder
 *   cannot be written
 */
export async function openSweep(target: string, sweepsDir: string, resolve: ResolveSettings): Promise<OpenedSweep> {
  const begun = [target, path.join(sweepsDir, target)].find(isSweepFolder);
  if (begun !== undefined) {
    for (const name of [RUNS, RESULTS]) requireNoLink(path.join(begun, name));
    return opened(begun, readDefinition(begun), true);
  }
  if (!existsSync(target)) {
    throw new UsageError(`there is no sweep file ${target}, and no sweep of that name in ${sweepsDir}`, {
      hint: 'Name a JSON sweep file (see docs/sweeps.md), or a sweep that was begun.',
    });
  }
  const definition = readSweepFile(target, resolve);
  const folder = path.join(sweepsDir, definition.name);
  // Checked before anything is written.
  const sweep = opened(folder, definition, false);
  await keepDefinition(folder, definition);
  return sweep;
}

const [RUNS, RESULTS] = ['runs', 'results'];

function opened(folder: string, { name, sweep, settings }: Definition, isBegun: boolean): OpenedSweep {
  const input = modelInput(referredDescription(settings.dataset));
  return {
    name,
    settings,
    folder,
    runsDir: path.join(folder, RUNS),
    plan: planSweep(sweep, settings.config, input, name, isBegun),
    results: new Results(path.join(folder, RESULTS)),
  };
}

/** Whoever has a sweep from elsewhere writes nothing outside of it. @throws DataError */
function requireNoLink(folder: string): void {
  if (lstatSync(folder, { throwIfNoEntry: false })?.isSymbolicLink() !== true) return;
  throw new DataError(`${folder} is a link, and links are not followed here`, {
    hint: 'A sweep lies on another disk as a whole, by --sweeps-dir.',
  });
}

export function definitionFile(folder: string): string {
  return path.join(folder, 'sweep.json');
}

function isSweepFolder(folder: string): boolean {
  return existsSync(definitionFile(folder)) && statSync(folder).isDirectory();
}

function readDefinition(folder: string): Definition {
  const parsed = definitionSchema.safeParse(
    readJson(definitionFile(folder), { what: 'sweep definition', error: DataError, isOurs: true }),
  );
  if (parsed.success) return parsed.data;
  throw new DataError(`${definitionFile(folder)} is not the definition of a sweep`, {
    hint: 'It is damaged, or was written by another version of fmnist.',
  });
}

/** @throws UsageError with all problems at once */
export function readSweepFile(file: string, resolve: ResolveSettings): Definition {
  const raw = readJson(file, { what: 'sweep', error: UsageError });
  const parsed = sweepSchema.safeParse(raw);
  if (!parsed.success) {
    const problems = describeIssues(sweepSchema, raw, parsed.error.issues, 'sweep');
    throw new UsageError(`sweep ${file} has ${problems.length === 1 ? 'a problem' : `${problems.length} problems`}`, {
      problems,
      hint: 'See docs/sweeps.md for what a sweep file holds.',
    });
  }
  const sweep = parsed.data;
  const name = sweep.name ?? (nameOfFile(file) || 'sweep');
  return { v: 1, name, sweep, settings: resolve(sweep, path.dirname(file)) };
}

async function keepDefinition(folder: string, definition: Definition): Promise<void> {
  const file = definitionFile(folder);
  const text = `${JSON.stringify(definition, null, 2)}\n`;
  let isNew: boolean;
  try {
    await makeFolder(folder);
    isNew = await writeOnce(nodeFileSystem, file, [Buffer.from(text)]);
  } catch (cause) {
    throw new DataError(`the sweep cannot be kept in ${folder}: ${folderProblem(cause)}`, {
      hint: 'Choose a folder that can be written with --sweeps-dir.',
      cause,
    });
  }
  if (isNew) return;
  const different = differences([readDefinition(folder), JSON.parse(text)]);
  if (different.length === 0) return;
  throw new UsageError(`there is another sweep "${definition.name}" in ${path.dirname(folder)}`, {
    problems: different
      .slice(0, 5)
      .map(({ path: at, values: [before, now] }) => `${at} is ${before} there, ${now} here`),
    hint: 'Give this one another "name", or remove that folder.',
  });
}
