import { z } from 'zod';
import { DataError } from '../errors.js';
import { type NamedTensor, type NamedTensors, sizeOf } from '../model/tensors.js';
import { duplicateKey } from './json-keys.js';

const METADATA = '__metadata__';
const LENGTH_BYTES = 8;
/** As in the reference implementation: no honest header comes near it. */
const MAX_HEADER_BYTES = 100_000_000;
const MAX_NAME_LENGTH = 1024;

const Entry = z.strictObject({
  dtype: z.string(),
  shape: z.array(z.int().nonnegative()).max(16),
  data_offsets: z.tuple([z.int().nonnegative(), z.int().nonnegative()]),
});
type Entry = z.infer<typeof Entry>;

export interface SafeTensors {
  /** In the order of the file's data. The arrays may share the memory of the bytes that were decoded. */
  readonly tensors: Map<string, NamedTensor>;
  readonly metadata: Map<string, string>;
}

/** The bytes of a float32 array, without a copy. */
export function bytesOf(data: Float32Array): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

/**
 * The chunks of a `.safetensors` file, in order: 8 bytes of header length (little-endian), a JSON header padded with
 * spaces to 8 bytes, then every tensor's bytes. No tensor is copied. Format: https://huggingface.co/docs/safetensors
 */
export function encodeSafeTensors(tensors: NamedTensors, metadata: ReadonlyMap<string, string> = new Map()) {
  const entries: [string, unknown][] = metadata.size > 0 ? [[METADATA, Object.fromEntries(metadata)]] : [];
  let offset = 0;
  for (const [name, { shape, data }] of tensors) {
    if (name === METADATA) throw new DataError(`a tensor cannot be called ${METADATA}`);
    if (sizeOf(shape) !== data.length) {
      throw new DataError(`tensor ${quote(name)}: ${data.length} values do not make the shape [${shape}]`);
    }
    const end = offset + data.byteLength;
    entries.push([name, { dtype: 'F32', shape, data_offsets: [offset, end] }]);
    offset = end;
  }
  const json = Buffer.from(`{${entries.map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`)}}`);
  const header = Buffer.alloc(LENGTH_BYTES + Math.ceil(json.length / 8) * 8, ' ');
  header.writeBigUInt64LE(BigInt(header.length - LENGTH_BYTES));
  json.copy(header, LENGTH_BYTES);
  return [header, ...[...tensors.values()].map(({ data }) => bytesOf(data))] as Uint8Array[];
}

/**
 * Reads a `.safetensors` file of float32 tensors, trusting nothing in it. `source` names the file in errors.
 * Values are not judged: NaN and infinities are the caller's concern.
 *
 * @throws {DataError} naming the tensor and what is wrong with it.
 */
export function decodeSafeTensors(bytes: Uint8Array, source: string): SafeTensors {
  const fail = (problem: string): never => {
    throw new DataError(`${source}: ${problem}`, { hint: 'It is damaged or not a float32 .safetensors file.' });
  };
  const { header, dataStart } = readHeader(bytes, fail);
  const metadata = new Map<string, string>();
  const found: [string, Entry][] = [];
  for (const [name, value] of Object.entries(header)) {
    if (name === METADATA) readMetadata(value, metadata, fail);
    else found.push([name, readEntry(name, value, fail)]);
  }
  found.sort(([, a], [, b]) => a.data_offsets[0] - b.data_offsets[0] || a.data_offsets[1] - b.data_offsets[1]);

  const tensors = new Map<string, NamedTensor>();
  const dataLength = bytes.length - dataStart;
  let expected = 0;
  for (const [name, { shape, data_offsets }] of found) {
    const [begin, end] = data_offsets;
    if (end > dataLength) fail(`tensor ${quote(name)} ends at byte ${end} of ${dataLength} bytes of data`);
    if (begin < expected) fail(`tensor ${quote(name)} overlaps the one before it`);
    if (begin > expected) fail(`a gap of ${begin - expected} bytes lies before tensor ${quote(name)}`);
    expected = end;
    tensors.set(name, { shape, data: floats(bytes, dataStart + begin, (end - begin) / 4) });
  }
  if (expected !== dataLength) fail(`${dataLength - expected} bytes of data belong to no tensor`);
  return { tensors, metadata };
}

type Fail = (problem: string) => never;

function readHeader(bytes: Uint8Array, fail: Fail): { header: object; dataStart: number } {
  if (bytes.length < LENGTH_BYTES) fail(`${bytes.length} bytes are too few for a header`);
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const length = Number(buffer.readBigUInt64LE());
  if (length > bytes.length - LENGTH_BYTES) fail(`a header of ${length} bytes is longer than the file`);
  if (length > MAX_HEADER_BYTES) fail(`a header of ${length} bytes is too long`);
  const text = buffer.toString('utf8', LENGTH_BYTES, LENGTH_BYTES + length);
  const header = parseObject(text, fail);
  const twice = duplicateKey(text);
  if (twice !== undefined) fail(`the key ${quote(twice)} occurs twice in the header`);
  return { header, dataStart: LENGTH_BYTES + length };
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

/** A name from a file, safe and short enough for one line of a message. */
function quote(name: string): string {
  return JSON.stringify(name.length > 80 ? `${name.slice(0, 77)}...` : name);
}
