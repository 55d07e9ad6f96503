import { appendFileSync, truncateSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DataError } from '../../src/errors.js';
import { nodeFileSystem } from '../../src/files/file-system.js';
import type { NamedTensor } from '../../src/model/tensors.js';
import {
  bytesOf,
  decodeSafeTensors,
  encodeHeader,
  encodeSafeTensors,
  openSafeTensors,
} from '../../src/runs/safetensors.js';
import { temporaryFolder } from '../helpers/temporary-folder.js';

const example = new Map<string, NamedTensor>([
  ['conv2d_1/kernel', { shape: [2, 2, 1, 3], data: Float32Array.from({ length: 12 }, (_, i) => i / 7) }],
  ['conv2d_1/bias', { shape: [3], data: Float32Array.of(Number.NaN, Number.POSITIVE_INFINITY, -0) }],
  ['scalar', { shape: [], data: Float32Array.of(1e-45) }],
  ['empty', { shape: [0, 4], data: new Float32Array() }],
  ['__proto__', { shape: [1], data: Float32Array.of(3) }],
]);

/** A file with any header, honest or not. */
function fileOf(header: string | object, data = Buffer.alloc(16), length?: number): Buffer {
  const json = Buffer.from(typeof header === 'string' ? header : JSON.stringify(header));
  const prefix = Buffer.alloc(8);
  prefix.writeBigUInt64LE(BigInt(length ?? json.length));
  return Buffer.concat([prefix, json, data]);
}
const entry = (begin: number, end: number, shape: unknown = [(end - begin) / 4], dtype: unknown = 'F32') => ({
  dtype,
  shape,
  data_offsets: [begin, end],
});

describe('a safetensors file', () => {
  it('gives back names, shapes, metadata and every bit', () => {
    const bytes = Buffer.concat(encodeSafeTensors(example, new Map([['epoch', '3']])));
    const { tensors, metadata } = decodeSafeTensors(bytes, 'x.safetensors');
    expect([...tensors.keys()].sort()).toEqual([...example.keys()].sort());
    for (const [name, { shape, data }] of example) {
      expect(tensors.get(name)?.shape).toEqual(shape);
      expect(new Uint8Array(tensors.get(name)?.data.slice().buffer ?? new ArrayBuffer(1))).toEqual(
        new Uint8Array(data.slice().buffer),
      );
    }
    expect([...metadata]).toEqual([['epoch', '3']]);
  });

  it('is read where it lies in memory, aligned or not', () => {
    const bytes = Buffer.concat([Buffer.alloc(1), ...encodeSafeTensors(example)]).subarray(1);
    expect(decodeSafeTensors(bytes, 'x').tensors.get('conv2d_1/kernel')?.data[11]).toBe(Math.fround(11 / 7));
  });

  it('of more than two gigabytes is read where a tensor lies, by nobody as a whole', async () => {
    const file = path.join(temporaryFolder(), 'large.safetensors');
    const shapes = new Map([
      ['hole', [560_000_000]],
      ['end', [3]],
    ]);
    const header = encodeHeader(shapes, new Map());
    const end = Float32Array.of(1, 2, 3);
    writeFileSync(file, header);
    // A hole on the disk: nothing of it is written.
    truncateSync(file, header.length + 4 * 560_000_000);
    appendFileSync(file, bytesOf(end));
    const opened = await nodeFileSystem.open(file);
    expect(opened.size).toBeGreaterThan(2 ** 31);
    const tensors = await openSafeTensors(opened, file);
    for await (const piece of tensors.pieces('end')) expect([...piece]).toEqual([1, 2, 3]);
    for await (const piece of tensors.pieces('hole')) {
      expect(piece.length).toBeLessThan(2 ** 25);
      break;
    }
    await opened.close();
  });

  it.each<[string, Buffer, RegExp]>([
    ['is empty', Buffer.alloc(0), /too few/],
    ['has a header longer than the file', fileOf('{}', Buffer.alloc(0), 1e15), /longer than the file/],
    ['has a header that is no JSON', fileOf('{"a":'), /not a JSON object/],
    ['has an array for a header', fileOf('[]'), /not a JSON object/],
    [
      'names a tensor twice',
      fileOf(
        '{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"\\u0061":{"dtype":"F32","shape":[2],"data_offsets":[8,16]}}',
      ),
      /"a" occurs twice/,
    ],
    ['has overlapping tensors', fileOf({ a: entry(0, 12), b: entry(8, 16) }), /"b" overlaps/],
    ['has a gap', fileOf({ a: entry(0, 4), b: entry(8, 16) }), /gap of 4 bytes lies before tensor "b"/],
    ['has data that belongs to nothing', fileOf({ a: entry(0, 12) }), /4 bytes of data belong to no tensor/],
    ['points behind its end', fileOf({ a: entry(0, 160) }), /"a" ends at byte 160 of 16/],
    ['has offsets in the wrong order', fileOf({ a: entry(8, 0, [2]) }), /"a"/],
    ['has a negative shape', fileOf({ a: entry(0, 16, [-4]) }), /"a".*shape/],
    ['has a shape that overflows', fileOf({ a: entry(0, 16, [2 ** 30, 2 ** 30, 2 ** 30]) }), /too large/],
    [
      'has a shape that does not fit its bytes',
      fileOf({ a: entry(0, 16, [5]) }),
      /16 bytes do not make the shape \[5\]/,
    ],
    ['has half floats', fileOf({ a: entry(0, 16, [8], 'F16') }), /"F16", not F32/],
    ['has unknown fields', fileOf({ a: { ...entry(0, 16), extra: 1 } }), /"a"/],
    ['has a huge name', fileOf({ ['a'.repeat(5000)]: entry(0, 16) }), /a name of 5000 characters/],
    [
      'has metadata that is no text',
      fileOf({ __metadata__: { epoch: 3 }, a: entry(0, 16) }),
      /"epoch" is not a string/,
    ],
  ])('that %s is refused in one line', (_, bytes, message) => {
    expect(() => decodeSafeTensors(bytes, 'x.safetensors')).toThrow(DataError);
    expect(() => decodeSafeTensors(bytes, 'x.safetensors')).toThrow(message);
    expect(() => decodeSafeTensors(bytes, 'x.safetensors')).toThrow(/^[^\n]{1,300}$/);
  });

  it('is read or refused, never a crash, whatever its bytes', () => {
    const whole = Buffer.concat(encodeSafeTensors(example));
    const mutated = fc
      .array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { minLength: 1, maxLength: 8 })
      .map((changes) => {
        const bytes = Buffer.from(whole);
        for (const [at, value] of changes) bytes[at] = value;
        return bytes;
      });
    fc.assert(
      fc.property(fc.oneof(mutated, fc.uint8Array({ maxLength: 200 })), (bytes) => {
        try {
          decodeSafeTensors(bytes, 'x');
        } catch (error) {
          expect(error).toBeInstanceOf(DataError);
        }
      }),
      { numRuns: 2000 },
    );
  });
});
