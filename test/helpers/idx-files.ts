import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';

/** Bytes in the IDX format of the MNIST family. */
export function encodeIdx(shape: readonly number[], data: Uint8Array): Buffer {
  const header = Buffer.alloc(4 + 4 * shape.length);
  header.set([0, 0, 8, shape.length]);
  for (const [i, length] of shape.entries()) header.writeUInt32BE(length, 4 + 4 * i);
  return Buffer.concat([header, data]);
}

export interface IdxPart {
  /** `train` or `t10k`. */
  readonly part: string;
  readonly labels: readonly number[];
  /** The value at a place of image `index`, of class `label`. */
  readonly pixel: (label: number, row: number, column: number, channel: number, index: number) => number;
}

/** Writes a part of a data set: its images gzipped, its labels plain. */
export function writeIdxPart(
  folder: string,
  [height, width, channels]: readonly [number, number, number],
  { part, labels, pixel }: IdxPart,
): void {
  const size = height * width * channels;
  const images = Uint8Array.from({ length: labels.length * size }, (_, at) => {
    const index = Math.floor(at / size);
    const place = Math.floor((at % size) / channels);
    return pixel(labels[index] ?? 0, Math.floor(place / width), place % width, at % channels, index);
  });
  const shape = [labels.length, height, width, ...(channels === 1 ? [] : [channels])];
  const name = (what: string, rank: number) => path.join(folder, `${part}-${what}-idx${rank}-ubyte`);
  writeFileSync(`${name('images', shape.length)}.gz`, gzipSync(encodeIdx(shape, images)));
  writeFileSync(name('labels', 1), encodeIdx([labels.length], Uint8Array.from(labels)));
}
