import { dirname, resolve } from 'node:path';
import { type Manifest, manifestDataset, manifestSchema } from '../datasets/manifest.js';
import type { FileDataset } from '../datasets/spec.js';
import { DataError } from '../errors.js';
import { describeIssues } from '../json/problems.js';
import { readJson } from '../json/read.js';

/**
 * The data set that a manifest describes. Its files are looked for beside it.
 *
 * @throws DataError with all problems at once
 */
export function readManifest(path: string): FileDataset {
  const absolute = resolve(path);
  const manifest = parseManifest(readJson(absolute, { what: 'manifest', error: DataError }), path);
  return manifestDataset(manifest, absolute, dirname(absolute));
}

/** @throws DataError with all problems at once */
export function parseManifest(raw: unknown, path: string): Manifest {
  const parsed = manifestSchema.safeParse(raw);
  if (parsed.success) return parsed.data;
  const problems = describeIssues(manifestSchema, raw, parsed.error.issues, 'manifest');
  const number = problems.length === 1 ? 'a problem' : `${problems.length} problems`;
  throw new DataError(`manifest ${path} has ${number}`, {
    problems,
    hint: 'Its keys are in schema/dataset.json; `$0 data --describe FOLDER` writes one.',
  });
}
