import type { NamedTensors } from '../../model/tensors.js';
import { maskedCrc32c } from '../../runs/crc32c.js';
import { bytesOf } from '../../runs/safetensors.js';
import type { ExportedFile } from '../format.js';
import { bundleEntry, bundleHeader } from './proto.js';
import { encodeTable } from './table.js';

/** The files of a checkpoint V2 bundle (tensorflow/core/util/tensor_bundle): an index and one file of data. */
export function encodeBundle(prefix: string, tensors: NamedTensors): ExportedFile[] {
  const index = new Map([['', bundleHeader()]]);
  const chunks: Uint8Array[] = [];
  let offset = 0;
  for (const [name, { shape, data }] of tensors) {
    const bytes = bytesOf(data);
    index.set(name, bundleEntry(shape, offset, bytes.length, maskedCrc32c(bytes)));
    chunks.push(bytes);
    offset += bytes.length;
  }
  return [
    { path: `${prefix}.index`, chunks: [encodeTable(index)] },
    { path: `${prefix}.data-00000-of-00001`, chunks },
  ];
}
