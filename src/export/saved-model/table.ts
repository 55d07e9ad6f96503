import { maskedCrc32c } from '../../runs/crc32c.js';

/** LevelDB's magic number, which ends a table. */
const MAGIC = 0xdb4775248b80fb57n;
const UNCOMPRESSED = 0;
/** Two block handles of at most 20 bytes. */
const HANDLES_BYTES = 40;

/**
 * A table of TensorFlow's checkpoints (LevelDB's format, https://github.com/google/leveldb/blob/main/doc/table_format.md):
 * one data block, an empty meta index, an index of the one block, a footer.
 */
export function encodeTable(entries: ReadonlyMap<string, Uint8Array>): Uint8Array {
  const sorted = [...entries]
    .map(([key, value]) => [Buffer.from(key), value] as const)
    .sort(([a], [b]) => Buffer.compare(a, b));
  const written: Uint8Array[] = [];
  let offset = 0;
  const append = (contents: Uint8Array): Uint8Array => {
    const block = withTrailer(contents);
    const handle = Buffer.from([...varint(offset), ...varint(contents.length)]);
    written.push(block);
    offset += block.length;
    return handle;
  };
  const data = append(encodeBlock(sorted));
  const metaIndex = append(encodeBlock([]));
  const last = sorted.at(-1)?.[0] ?? Buffer.alloc(0);
  const index = append(encodeBlock([[last, data]]));
  const footer = Buffer.alloc(HANDLES_BYTES + 8);
  footer.set(metaIndex);
  footer.set(index, metaIndex.length);
  footer.writeBigUInt64LE(MAGIC, HANDLES_BYTES);
  return Buffer.concat([...written, footer]);
}

/** Every key is written whole (a restart point each): the few there are need no compression. */
function encodeBlock(entries: readonly (readonly [key: Uint8Array, value: Uint8Array])[]): Uint8Array {
  const parts: Uint8Array[] = [];
  const restarts: number[] = [];
  let offset = 0;
  for (const [key, value] of entries) {
    const lengths = Buffer.from([...varint(0), ...varint(key.length), ...varint(value.length)]);
    restarts.push(offset);
    parts.push(lengths, key, value);
    offset += lengths.length + key.length + value.length;
  }
  if (restarts.length === 0) restarts.push(0);
  const numbers = Buffer.alloc(4 * (restarts.length + 1));
  for (const [i, number] of [...restarts, restarts.length].entries()) numbers.writeUInt32LE(number, 4 * i);
  return Buffer.concat([...parts, numbers]);
}

/** The block, its kind and its checksum. */
function withTrailer(contents: Uint8Array): Uint8Array {
  const block = Buffer.concat([contents, Buffer.alloc(5)]);
  block.writeUInt8(UNCOMPRESSED, contents.length);
  block.writeUInt32LE(maskedCrc32c(block.subarray(0, contents.length + 1)), contents.length + 1);
  return block;
}

/** Seven bits a byte, the lowest first, the top bit set on all but the last. */
function varint(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes.push((rest % 0x80) | 0x80);
  return [...bytes, rest];
}
