import { DataError } from '../errors.js';

/** An array in the IDX format of the MNIST family, bytes only. */
export interface IdxArray {
  readonly shape: readonly number[];
  /** A view into the parsed bytes. */
  readonly data: Uint8Array;
}

const UNSIGNED_BYTE = 0x08;

/**
 * Reads an IDX file of unsigned bytes: two zero bytes, the element type, the number of dimensions, each dimension
 * as a big-endian 32-bit number, then the elements (http://yann.lecun.com/exdb/mnist/).
 *
 * @param what the file, for messages
 * @throws DataError when the bytes are anything else
 */
export function parseIdx(bytes: Uint8Array, what: string): IdxArray {
  const fail = (problem: string): never => {
    throw new DataError(`${what} is not an IDX file of bytes: ${problem}`, {
      hint: 'Delete the file and run `$0 data` to get it again.',
    });
  };
  const [zero0, zero1, type, rank] = bytes;
  if (zero0 === undefined || zero1 === undefined || type === undefined || rank === undefined) {
    return fail(`it has only ${bytes.length} bytes`);
  }
  if (zero0 !== 0 || zero1 !== 0) return fail('it does not begin with two zero bytes');
  if (type !== UNSIGNED_BYTE) return fail(`its element type is 0x${type.toString(16)}, not 0x08 (unsigned byte)`);
  if (rank === 0) return fail('it has no dimensions');

  const headerLength = 4 + 4 * rank;
  if (bytes.length < headerLength) return fail(`its header of ${headerLength} bytes is cut off at ${bytes.length}`);
  const header = new DataView(bytes.buffer, bytes.byteOffset, headerLength);
  const shape = Array.from({ length: rank }, (_, i) => header.getUint32(4 + 4 * i));
  const expected = shape.reduce((product, n) => product * n, 1);
  const found = bytes.length - headerLength;
  if (expected !== found) return fail(`shape [${shape.join(', ')}] needs ${expected} bytes of data, it has ${found}`);
  return { shape, data: new Uint8Array(bytes.buffer, bytes.byteOffset + headerLength, found) };
}
