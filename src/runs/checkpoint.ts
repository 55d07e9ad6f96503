import { createHash } from 'node:crypto';
import path from 'node:path';
import type { z } from 'zod';
import { DataError } from '../errors.js';
import { hasCode } from '../files/errors.js';
import { type FileSystem, writeAtomically } from '../files/file-system.js';
import type { NamedTensors } from '../model/tensors.js';
import { bytesOf, decodeSafeTensors, encodeSafeTensors } from './safetensors.js';

const FORMAT = 'fmnist-checkpoint-1';

/** Everything that a run needs to go on: arrays, and the rest as JSON. */
export interface Checkpoint<State> {
  /** Weights, optimizer slots and averages. */
  readonly tensors: NamedTensors;
  /** Counters, schedule, early stopping, history: plain JSON (its numbers come back exactly; NaN and Infinity do not). */
  readonly state: State;
}

export interface LoadedCheckpoint<State> extends Checkpoint<State> {
  readonly path: string;
  /** Why the newest checkpoint could not be used, where the previous one was taken instead. */
  readonly fallback: string | undefined;
}

/** `last` is what a resumed run goes on from, `best` the best epoch by the monitored metric. */
export type CheckpointKind = 'last' | 'best';

export function checkpointPath(folder: string, kind: CheckpointKind): string {
  return path.join(folder, `${kind}.safetensors`);
}

function previousPath(folder: string, kind: CheckpointKind): string {
  return path.join(folder, `${kind}.previous.safetensors`);
}

/**
 * Writes a checkpoint so that at any moment `load` finds this one or the one before, whole. The one before is kept.
 * @returns the path.
 */
export async function saveCheckpoint(
  files: FileSystem,
  folder: string,
  kind: CheckpointKind,
  checkpoint: Checkpoint<unknown>,
): Promise<string> {
  const target = checkpointPath(folder, kind);
  await writeAtomically(files, target, encodeCheckpoint(checkpoint), previousPath(folder, kind));
  return target;
}

/**
 * The newest whole checkpoint of a kind; the previous one where the newest is missing or damaged.
 *
 * @throws {DataError} when neither can be used.
 */
export async function loadCheckpoint<State>(
  files: FileSystem,
  folder: string,
  kind: CheckpointKind,
  schema: z.ZodType<State>,
): Promise<LoadedCheckpoint<State>> {
  const newest = await tryLoad(files, checkpointPath(folder, kind), schema);
  if (!(newest instanceof DataError)) return newest;
  const previous = await tryLoad(files, previousPath(folder, kind), schema);
  if (!(previous instanceof DataError)) return { ...previous, fallback: newest.message };
  throw new DataError(newest.message, {
    hint: 'Neither it nor the checkpoint before it can be used: start the run anew.',
    problems: [newest.message, previous.message],
    cause: newest,
  });
}

async function tryLoad<State>(files: FileSystem, file: string, schema: z.ZodType<State>) {
  try {
    return { ...decodeCheckpoint(await files.read(file), file, schema), path: file, fallback: undefined };
  } catch (error) {
    if (error instanceof DataError) return error;
    const reason = hasCode(error, 'ENOENT') ? 'there is no such checkpoint' : message(error);
    return new DataError(`${file}: ${reason}`, { cause: error });
  }
}

/** The chunks of a checkpoint file: a safetensors file whose metadata holds the state and a checksum of everything. */
function encodeCheckpoint({ tensors, state }: Checkpoint<unknown>): Uint8Array[] {
  const json = JSON.stringify(state);
  const metadata = new Map([
    ['format', FORMAT],
    ['sha256', checksum(tensors, json)],
    ['state', json],
  ]);
  return encodeSafeTensors(tensors, metadata);
}

/** Whether a safetensors file is a checkpoint of a run, and not weights alone. */
export function isCheckpoint(metadata: ReadonlyMap<string, string>): boolean {
  return metadata.get('format') === FORMAT && metadata.has('state');
}

/** @throws {DataError} for anything but a whole checkpoint whose state fits the schema. */
export function decodeCheckpoint<State>(
  bytes: Uint8Array,
  source: string,
  schema: z.ZodType<State>,
): Checkpoint<State> {
  const { tensors, metadata } = decodeSafeTensors(bytes, source);
  const json = metadata.get('state');
  if (metadata.get('format') !== FORMAT || json === undefined) {
    throw new DataError(`${source}: it holds weights but is no checkpoint of a run`, {
      hint: 'Use it with --weights, or name a checkpoint that this version of fmnist wrote.',
    });
  }
  if (metadata.get('sha256') !== checksum(tensors, json)) {
    throw new DataError(`${source}: its checksum does not match its contents`, { hint: 'The file is damaged.' });
  }
  const parsed = schema.safeParse(JSON.parse(json));
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw new DataError(`${source}: its state has a bad ${issue?.path.join('.') || 'form'}: ${issue?.message}`, {
      hint: 'It was written by another version of fmnist.',
    });
  }
  return { tensors, state: parsed.data };
}

/** SHA-256 over the state, every tensor's name and shape, and every value, in the order of the file. */
function checksum(tensors: NamedTensors, json: string): string {
  const names = [...tensors].map(([name, { shape }]) => [name, shape]);
  const hash = createHash('sha256').update(JSON.stringify([json, names]));
  for (const { data } of tensors.values()) hash.update(bytesOf(data));
  return hash.digest('hex');
}

function message(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
