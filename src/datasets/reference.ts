import * as z from 'zod';
import { fingerprint } from './fingerprint.js';
import { manifestSchema } from './manifest.js';
import { DATASET_NAMES, DATASETS } from './registry.js';
import type { DatasetDescription, DatasetSpec } from './spec.js';

const { name, classes, onBlack } = manifestSchema.shape;

/**
 * A data set in a run's settings: a name, or what is needed of a manifest to build the model without it, to find it
 * again and to know that it is the same.
 */
export const datasetReferenceSchema = z.union([
  z.enum(DATASET_NAMES),
  z.strictObject({
    /** Where the manifest was: its full path, and as seen from the folder that the run was started in. */
    manifest: z.array(z.string()).min(1),
    name,
    imageShape: z.tuple([z.int(), z.int(), z.int()]),
    classes,
    onBlack,
    /** Of its files. */
    fingerprint: z.string(),
  }),
]);

export type DatasetReference = z.output<typeof datasetReferenceSchema>;

/** @param relative the path of a manifest as seen from the working folder */
export function datasetReference(spec: DatasetSpec, relative: (path: string) => string): DatasetReference {
  if (spec.kind === 'synthetic' || spec.manifest === undefined) return datasetReferenceSchema.parse(spec.name);
  return {
    manifest: [...new Set([spec.manifest, relative(spec.manifest)])],
    name: spec.name,
    imageShape: [...spec.imageShape],
    classes: [...spec.classes],
    onBlack: spec.onBlack,
    fingerprint: fingerprint(spec),
  };
}

/** Equal for references to the same images, wherever their manifest is by now. */
export function referenceKey(reference: DatasetReference): string {
  return typeof reference === 'string' ? reference : reference.fingerprint;
}

/** For messages. */
export function referenceName(reference: DatasetReference): string {
  return typeof reference === 'string' ? reference : `${reference.name} (files ${reference.fingerprint.slice(0, 12)}…)`;
}

/** What a reference says of the images, without opening anything. */
export function referredDescription(reference: DatasetReference): DatasetDescription {
  return typeof reference === 'string' ? DATASETS[reference] : { ...reference, title: reference.name };
}
