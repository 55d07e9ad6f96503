import * as z from 'zod';
import { DataError } from '../errors.js';
import type { ReadableFile } from '../files/file-system.js';
import { jsonProblem, quote } from '../json/scan.js';
import {
  filledPieces,
  type NamedTensor,
  type NamedTensors,
  type Shape,
  sizeOf,
  type TensorSource,
} from '../model/tensors.js';

const METADATA = '__metadata__';
const LENGTH_BYTES = 8;
/** As in the reference implementation: no honest header comes near it. */
const MAX_HEADER_BYTES = 100_000_000;
const MAX_NAME_LENGTH = 1024;
const MAX_DIMENSIONS = 16;

const Entry = z.strictObject({
  dtype: z.string(),
  shape: z.array(z.int().nonnegative()).max(MAX_DIMENSIONS),
  data_offsets: z.tuple([z.int().nonnegative(), z.int().nonnegative()]),
});
type Entry = z.infer<typeof Entry>;

export interface SafeTensors {
  /** In the order of the file's data. The arrays may share the memory of the bytes that were decoded. */
  readonly tensors: Map<string, NamedTensor>;
  readonly metadata: Map<string, string>;
}

/** A `.safetensors` file whose header was checked; its tensors are read when they are asked for. */
export interface SafeTensorsFile extends TensorSource {
  readonly metadata: ReadonlyMap<string, string>;
}

/** The bytes of a float32 array, without a copy. */
export function bytesOf(data: Float32Array): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

/**
 * The beginning of a `.safetensors` file, which every tensor's bytes follow in order: 8 bytes of header length
 * (little-endian), a JSON header padded with spaces to 8 bytes. Format: https://huggingface.co/docs/safetensors
 *
 * @throws {DataError} for what {@link openSafeTensors} would refuse to read
 */
export function encodeHeader(shapes: ReadonlyMap<string, Shape>, metadata: ReadonlyMap<string, string>): Uint8Array {
  const fail = (problem: string): never => {
    throw new DataError(`no .safetensors file can hold it: ${problem}`);
  };
  const entries: [string, unknown][] = metadata.size > 0 ? [[METADATA, Object.fromEntries(metadata)]] : [];
  let offset = 0;
  for (const [name, shape] of shapes) {
    if (name === METADATA) fail(`a tensor cannot be called ${METADATA}`);
    const end = offset + sizeOf(shape) * 4;
    const entry = { dtype: 'F32', shape, data_offsets: [offset, end] };
    readEntry(name, entry, fail);
    entries.push([name, entry]);
    offset = end;
  }
  const json = Buffer.from(`{${entries.map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`)}}`);
  const header = Buffer.alloc(LENGTH_BYTES + Math.ceil(json.length / 8) * 8, ' ');
  requireHeaderLength(header.length - LENGTH_BYTES, fail);
  header.writeBigUInt64LE(BigInt(header.length - LENGTH_BYTES));
  json.copy(header, LENGTH_BYTES);
  return header;
}

/** The chunks of a `.safetensors` file of tensors that are in memory; none is copied. */
export function encodeSafeTensors(
  tensors: NamedTensors,
  metadata: ReadonlyMap<string, string> = new Map(),
): Uint8Array[] {
  for (const [name, { shape, data }] of tensors) requireFit(name, shape, data.length);
  const shapes = new Map([...tensors].map(([name, { shape }]) => [name, shape]));
  return [encodeHeader(shapes, metadata), ...[...tensors.values()].map(({ data }) => bytesOf(data))];
}

/** @throws {DataError} for a number of values that do not make the shape */
export function requireFit(name: string, shape: Shape, values: number): void {
  if (sizeOf(shape) === values) return;
  throw new DataError(`tensor ${quote(name)}: ${values} values do not make the shape [${shape}]`);
}

/**
 * Reads the header of a `.safetensors` file of float32 tensors, trusting nothing in it. `source` names it in errors.
 * Values are not judged: NaN and infinities are the caller's concern.
 *
 * @throws {DataError} naming the tensor and what is wrong with it.
 */
export async function openSafeTensors(file: ReadableFile, source: string): Promise<SafeTensorsFile> {
  const fail = failOf(source);
  const prefix = new Uint8Array(requireLength(LENGTH_BYTES, file.size, fail));
  await file.read(prefix, 0);
  const length = headerLength(prefix, file.size, fail);
  const bytes = new Uint8Array(length);
  await file.read(bytes, LENGTH_BYTES);
  const { metadata, places } = readHeader(bytes, file.size - LENGTH_BYTES - length, fail);
  const dataStart = LENGTH_BYTES + length;
  return {
    metadata,
    shapes: new Map([...places].map(([name, { shape }]) => [name, shape])),
    pieces: async function* (name) {
      const place = places.get(name);
      if (place === undefined) throw new Error(`no tensor ${name}`);
      const start = dataStart + place.begin;
      yield* filledPieces(place.shape, (piece, begin) => file.read(bytesOf(piece), start + 4 * begin));
    },
  };
}

/** The same of a file that is in memory already. */
export function decodeSafeTensors(bytes: Uint8Array, source: string): SafeTensors {
  const fail = failOf(source);
  requireLength(LENGTH_BYTES, bytes.length, fail);
  const dataStart = LENGTH_BYTES + headerLength(bytes, bytes.length, fail);
  const header = readHeader(bytes.subarray(LENGTH_BYTES, dataStart), bytes.length - dataStart, fail);
  const tensors = new Map<string, NamedTensor>();
  for (const [name, { shape, begin }] of header.places) {
    tensors.set(name, { shape, data: floats(bytes, dataStart + begin, sizeOf(shape)) });
  }
  return { tensors, metadata: header.metadata };
}

type Fail = (problem: string) => never;

function failOf(source: string): Fail {
  return (problem) => {
    throw new DataError(`${source}: ${problem}`, { hint: 'It is damaged or not a float32 .safetensors file.' });
  };
}

function requireLength(least: number, length: number, fail: Fail): number {
  if (length < least) fail(`${length} bytes are too few for a header`);
  return least;
}

function headerLength(bytes: Uint8Array, size: number, fail: Fail): number {
  const length = Number(Buffer.from(bytes.buffer, bytes.byteOffset, LENGTH_BYTES).readBigUInt64LE());
  if (length > size - LENGTH_BYTES) fail(`a header of ${length} bytes is longer than the file`);
  requireHeaderLength(length, fail);
  return length;
}

function requireHeaderLength(length: number, fail: Fail): void {
  if (length > MAX_HEADER_BYTES) fail(`a header of ${length} bytes is too long`);
}

/** Where a tensor's values lie, counted from the end of the header. */
interface Place {
  readonly shape: Shape;
  readonly begin: number;
}

function readHeader(bytes: Uint8Array, dataLength: number, fail: Fail) {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('utf8');
  const header = parseObject(text, fail);
  const problem = jsonProblem(text);
  if (problem !== undefined) fail(`${problem} in the header`);
  const metadata = new Map<string, string>();
  const found: [string, Entry][] = [];
  for (const [name, value] of Object.entries(header)) {
    if (name === METADATA) readMetadata(value, metadata, fail);
    else found.push([name, readEntry(name, value, fail)]);
  }
  found.sort(([, a], [, b]) => a.data_offsets[0] - b.data_offsets[0] || a.data_offsets[1] - b.data_offsets[1]);
  const places = new Map<string, Place>();
  let expected = 0;
  for (const [name, { shape, data_offsets }] of found) {
    const [begin, end] = data_offsets;
    if (end > dataLength) fail(`tensor ${quote(name)} ends at byte ${end} of ${dataLength} bytes of data`);
    if (begin < expected) fail(`tensor ${quote(name)} overlaps the one before it`);
    if (begin > expected) fail(`a gap of ${begin - expected} bytes lies before tensor ${quote(name)}`);
    expected = end;
    places.set(name, { shape, begin });
  }
  if (expected !== dataLength) fail(`${dataLength - expected} bytes of data belong to no tensor`);
  return { metadata, places };
}

function parseObject(text: string, fail: Fail): object {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  } catch {
    // A text that is no JSON and a JSON that is no object are the same mistake.
  }
  return fail('the header is not a JSON object');
}

function readMetadata(value: unknown, into: Map<string, string>, fail: Fail): void {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) fail(`${METADATA} is not an object`);
  for (const [key, text] of Object.entries(value as object)) {
    if (typeof text !== 'string') fail(`${METADATA} ${quote(key)} is not a string`);
    into.set(key, text);
  }
}

function readEntry(name: string, value: unknown, fail: Fail): Entry {
  if (name.length === 0 || name.length > MAX_NAME_LENGTH)
    fail(`tensor ${quote(name)} has a name of ${name.length} characters`);
  const parsed = Entry.safeParse(value);
  if (!parsed.success) return fail(`tensor ${quote(name)}: its header entry has a bad ${where(parsed.error)}`);
  const { dtype, shape, data_offsets } = parsed.data;
  if (dtype !== 'F32') fail(`tensor ${quote(name)} is ${quote(dtype)}, not F32`);
  const size = sizeOf(shape);
  if (!Number.isSafeInteger(size * 4)) fail(`tensor ${quote(name)}: its shape [${shape}] is too large`);
  const stored = data_offsets[1] - data_offsets[0];
  if (stored !== size * 4) fail(`tensor ${quote(name)}: ${stored} bytes do not make the shape [${shape}]`);
  return parsed.data;
}

function where(error: z.ZodError): string {
  const issue = error.issues[0];
  return issue === undefined || issue.path.length === 0 ? 'form' : String(issue.path[0]);
}

function floats(bytes: Uint8Array, offset: number, length: number): Float32Array {
  const start = bytes.byteOffset + offset;
  if (start % 4 === 0) return new Float32Array(bytes.buffer, start, length);
  return new Float32Array(Uint8Array.from(bytes.subarray(offset, offset + length * 4)).buffer);
}
