import { type FileHandle, open } from 'node:fs/promises';

/** Bytes of a file, from `start` to before `end`. */
export interface Range {
  readonly start: number;
  readonly end: number;
}

const ELF_MAGIC = 0x464c457f;
const FATBIN_MAGIC = 0xba55ed50;
/** The kind of a fatbin's entry that is code for one generation; PTX is another. */
const CODE = 2;
/** Of a fatbin's and of an entry's own header what is read: sizes, kind and generation. */
const HEADER = 32;
const WINDOW = 1 << 20;

/**
 * Where a CUDA library holds device code that a card does not run: PTX, and code for other generations than its own. A card
 * runs the code of its major generation up to its minor one, e.g. 8.6 that for 8.0. What has no code for it at all is left.
 *
 * nvcc puts device code into the ELF section `.nv_fatbin`: fatbins (magic, version, header's size, entries' size) of entries
 * (kind, version, header's size, payload's size, …, at byte 28 the generation, e.g. 90), as `cuobjdump` lists them.
 *
 * @param capability of the card, e.g. `9.0`
 * @returns none for a file that is no 64-bit little-endian ELF, or has no device code
 */
export async function foreignDeviceCode(file: string, capability: string): Promise<Range[]> {
  const handle = await open(file);
  try {
    const read = reader(handle);
    const ranges: Range[] = [];
    for (const section of await fatbinSections(read)) ranges.push(...(await foreignIn(section, read, capability)));
    return ranges;
  } finally {
    await handle.close();
  }
}

/** The bytes at an offset; fewer at the end of the file. */
type Read = (offset: number, length: number) => Promise<Buffer>;

function reader(handle: FileHandle): Read {
  let window = { start: 0, bytes: Buffer.alloc(0) };
  return async (offset, length) => {
    if (offset < window.start || offset + length > window.start + window.bytes.length) {
      const bytes = Buffer.alloc(Math.max(WINDOW, length));
      const { bytesRead } = await handle.read(bytes, 0, bytes.length, offset);
      window = { start: offset, bytes: bytes.subarray(0, bytesRead) };
    }
    return window.bytes.subarray(offset - window.start, offset - window.start + length);
  };
}

/** The section headers of an ELF (System V ABI, "Object Files"). */
async function fatbinSections(read: Read): Promise<Range[]> {
  const header = await read(0, 64);
  const elf64 = header.length === 64 && header.readUInt32LE(0) === ELF_MAGIC && header[4] === 2 && header[5] === 1;
  if (!elf64) return [];
  const [size, count, names] = [0x3a, 0x3c, 0x3e].map((at) => header.readUInt16LE(at)) as [number, number, number];
  const table = Buffer.from(await read(Number(header.readBigUInt64LE(0x28)), size * count));
  const section = (i: number) => {
    const at = i * size;
    const start = Number(table.readBigUInt64LE(at + 0x18));
    return { name: table.readUInt32LE(at), start, end: start + Number(table.readBigUInt64LE(at + 0x20)) };
  };
  const found: Range[] = [];
  for (let i = 0; i < count; i++) {
    const { name, start, end } = section(i);
    const text = await read(section(names).start + name, '.nv_fatbin\0'.length);
    if (text.toString('latin1') === '.nv_fatbin\0') found.push({ start, end });
  }
  return found;
}

async function foreignIn({ start, end }: Range, read: Read, capability: string): Promise<Range[]> {
  const foreign: Range[] = [];
  let at = start;
  while (at + HEADER <= end) {
    const fatbin = await read(at, HEADER);
    if (fatbin.readUInt32LE(0) !== FATBIN_MAGIC) {
      at += 8;
      continue;
    }
    const others: Range[] = [];
    let own = 0;
    let entry = at + fatbin.readUInt16LE(6);
    const stop = entry + Number(fatbin.readBigUInt64LE(8));
    while (entry < stop) {
      const fields = await read(entry, HEADER);
      const payload = entry + fields.readUInt32LE(4);
      const next = payload + Number(fields.readBigUInt64LE(8));
      if (fields.readUInt16LE(0) === CODE && runs(fields.readUInt32LE(28), capability)) own++;
      else others.push({ start: payload, end: next });
      entry = next;
    }
    if (own > 0) foreign.push(...others);
    // Fatbins begin at multiples of eight.
    at = start + Math.ceil((stop - start) / 8) * 8;
  }
  return foreign;
}

function runs(generation: number, capability: string): boolean {
  const [major = 0, minor = 0] = capability.split('.').map(Number);
  return Math.floor(generation / 10) === major && generation % 10 <= minor;
}

/** The chunks of a file that starts at byte 0, with zeros in these ranges, which are in order. */
export async function* zeroed(chunks: AsyncIterable<Buffer>, ranges: readonly Range[]): AsyncGenerator<Buffer> {
  let offset = 0;
  let next = 0;
  for await (const chunk of chunks) {
    const end = offset + chunk.length;
    for (let i = next; i < ranges.length; i++) {
      const range = ranges[i] as Range;
      if (range.start >= end) break;
      chunk.fill(0, Math.max(0, range.start - offset), Math.min(chunk.length, range.end - offset));
      if (range.end <= end) next = i + 1;
    }
    offset = end;
    yield chunk;
  }
}
