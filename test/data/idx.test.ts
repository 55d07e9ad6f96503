import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseIdx } from '../../src/data/idx.js';
import { DataError } from '../../src/errors.js';

function idx(shape: readonly number[], data: Uint8Array): Uint8Array {
  const header = Buffer.alloc(4 + 4 * shape.length);
  header.set([0, 0, 8, shape.length]);
  for (const [i, n] of shape.entries()) header.writeUInt32BE(n, 4 + 4 * i);
  return Buffer.concat([header, data]);
}

test('what was written is read', () => {
  const shapes = fc.array(fc.integer({ min: 0, max: 6 }), { minLength: 1, maxLength: 4 });
  fc.assert(
    fc.property(shapes, fc.integer(), (shape, fill) => {
      const data = new Uint8Array(shape.reduce((a, b) => a * b, 1)).fill(fill);
      expect(parseIdx(idx(shape, data), 'file')).toEqual({ shape, data });
    }),
  );
});

test.each([
  ['nothing', new Uint8Array(0), /only 0 bytes/],
  ['a PNG', Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), /two zero bytes/],
  ['floats', Buffer.from([0, 0, 13, 1, 0, 0, 0, 0]), /element type is 0xd/],
  ['no dimensions', Buffer.from([0, 0, 8, 0]), /no dimensions/],
  ['half a header', Buffer.from([0, 0, 8, 3, 0, 0]), /header of 16 bytes is cut off at 6/],
  ['too little data', idx([2, 3], new Uint8Array(5)), /needs 6 bytes of data, it has 5/],
  ['too much data', idx([2, 3], new Uint8Array(7)), /needs 6 bytes of data, it has 7/],
  ['a huge claim', idx([0xffffffff, 0xffffffff, 0xffffffff], new Uint8Array(1)), /it has 1/],
])('%s is refused, saying why', (_, bytes, reason) => {
  expect(() => parseIdx(bytes, 'labels')).toThrow(DataError);
  expect(() => parseIdx(bytes, 'labels')).toThrow(reason);
});

test('random bytes, and damaged files, give a typed error or an array of the announced size', () => {
  const damaged = fc
    .tuple(fc.uint8Array({ maxLength: 40 }), fc.nat(20), fc.nat(255))
    .map(([data, at, value]) => idx([data.length], data).map((byte, i) => (i === at ? value : byte)));
  fc.assert(
    fc.property(fc.oneof(fc.uint8Array({ maxLength: 64 }), damaged), (bytes) => {
      try {
        const { shape, data } = parseIdx(bytes, 'file');
        expect(shape.reduce((a, b) => a * b, 1)).toBe(data.length);
      } catch (error) {
        expect(error).toBeInstanceOf(DataError);
      }
    }),
    { numRuns: 5_000 },
  );
});
