import { createHash } from 'node:crypto';
import path from 'node:path';
import type * as z from 'zod';
import { DataError } from '../errors.js';
import { hasCode } from '../files/errors.js';
import { type FileSystem, type ReadableFile, writeAtomically } from '../files/file-system.js';
import { jsonProblem } from '../json/scan.js';
import type { TensorSource } from '../model/tensors.js';
import { bytesOf, encodeHeader, openSafeTensors, requireFit, type SafeTensorsFile } from './safetensors.js';

const FORMAT = 'fmnist-checkpoint-1';

/** Everything that a run needs to go on: arrays, and the rest as JSON. */
export interface Checkpoint<State> {
  /** Weights, optimizer slots and averages. */
  readonly tensors: TensorSource;
  /** Settings, counters and history: plain JSON (its numbers come back exactly; NaN and Infinity do not). */
  readonly state: State;
}

/** A checkpoint whose every byte was checked; its tensors are read from the file, until it is closed. */
export interface LoadedCheckpoint<State> extends Checkpoint<State> {
  readonly path: string;
  /** Why the newest checkpoint could not be used, where the previous one was taken instead. */
  readonly fallback: string | undefined;
  close(): Promise<void>;
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
 * Tensors go to the disk piece by piece: no copy of them is made in memory.
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
    hint: 'Neither it nor the checkpoint before it can be used: start the run again from the beginning.',
    problems: [previous.message],
    cause: newest,
  });
}

async function tryLoad<State>(files: FileSystem, path: string, schema: z.ZodType<State>) {
  let file: ReadableFile | undefined;
  try {
    file = await files.open(path);
    const { close } = file;
    return { ...(await readCheckpoint(file, path, schema)), path, fallback: undefined, close };
  } catch (error) {
    await file?.close().catch(() => {});
    if (error instanceof DataError) return error;
    return new DataError(`${path}: ${unreadable(error)}`, { cause: error });
  }
}

function unreadable(error: unknown): string {
  if (hasCode(error, 'ENOENT')) return 'there is no such checkpoint';
  if (hasCode(error, 'ELOOP')) return 'it is a link, and links are not followed here';
  return error instanceof Error ? error.message : String(error);
}

/** The chunks of a checkpoint file: a safetensors file whose metadata holds the state and a checksum of everything. */
async function* encodeCheckpoint({ tensors, state }: Checkpoint<unknown>): AsyncGenerator<Uint8Array> {
  const json = JSON.stringify(state);
  const metadata = new Map([
    ['format', FORMAT],
    ['sha256', await checksum(tensors, json)],
    ['state', json],
  ]);
  yield encodeHeader(tensors.shapes, metadata);
  for (const name of tensors.shapes.keys()) for await (const piece of tensors.pieces(name)) yield bytesOf(piece);
}

/** Whether a safetensors file is a checkpoint of a run, and not weights alone. */
export function isCheckpoint(metadata: ReadonlyMap<string, string>): boolean {
  return metadata.get('format') === FORMAT && metadata.has('state');
}

/** @throws {DataError} for anything but a whole checkpoint whose state fits the schema. */
async function readCheckpoint<State>(
  file: ReadableFile,
  source: string,
  schema: z.ZodType<State>,
): Promise<Checkpoint<State>> {
  return checkedCheckpoint(await openSafeTensors(file, source), source, schema);
}

/**
 * The checkpoint that a safetensors file holds, its checksum and state checked.
 *
 * @throws {DataError} for anything but a whole checkpoint whose state fits the schema.
 */
export async function checkedCheckpoint<State>(
  tensors: SafeTensorsFile,
  source: string,
  schema: z.ZodType<State>,
): Promise<Checkpoint<State>> {
  const { metadata } = tensors;
  const json = metadata.get('state');
  if (metadata.get('format') !== FORMAT || json === undefined) {
    throw new DataError(`${source}: it holds weights but is no checkpoint of a run`, {
      hint: 'Use it with --weights, or name a checkpoint that this version of fmnist wrote.',
    });
  }
  if (metadata.get('sha256') !== (await checksum(tensors, json))) {
    throw new DataError(`${source}: its checksum does not match its contents`, { hint: 'The file is damaged.' });
  }
  const parsed = schema.safeParse(parseState(json, source));
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw new DataError(`${source}: its state has a bad ${issue?.path.join('.') || 'form'}: ${issue?.message}`, {
      hint: 'It was written by another version of fmnist.',
    });
  }
  return { tensors, state: parsed.data };
}

function parseState(json: string, source: string): unknown {
  const fail = (problem: string, cause?: unknown): never => {
    throw new DataError(`${source}: ${problem}`, { hint: 'The file is damaged.', cause });
  };
  try {
    const value: unknown = JSON.parse(json);
    const problem = jsonProblem(json);
    return problem === undefined ? value : fail(`its state cannot be trusted: ${problem}`);
  } catch (error) {
    if (error instanceof DataError) throw error;
    return fail('its state is not JSON', error);
  }
}

/** SHA-256 over the state, every tensor's name and shape, and every value, in the order of the file. */
async function checksum(tensors: TensorSource, json: string): Promise<string> {
  const hash = createHash('sha256').update(JSON.stringify([json, [...tensors.shapes]]));
  for (const [name, shape] of tensors.shapes) {
    let values = 0;
    for await (const piece of tensors.pieces(name)) {
      hash.update(bytesOf(piece));
      values += piece.length;
    }
    requireFit(name, shape, values);
  }
  return hash.digest('hex');
}
