import { createHash } from 'node:crypto';
import path from 'node:path';
import { nodeFileSystem } from '../../src/files/file-system.js';
import type { NamedTensors } from '../../src/model/tensors.js';
import { loadCheckpoint } from '../../src/runs/checkpoint.js';
import { trainingStateSchema } from '../../src/training/contracts/state.js';

export function checkpointOf(folder: string, kind: 'last' | 'best') {
  return loadCheckpoint(nodeFileSystem, path.join(folder, 'checkpoints'), kind, trainingStateSchema);
}

/** A hash of every name and value. */
export function hashOf(tensors: NamedTensors): string {
  const hash = createHash('sha256');
  for (const name of [...tensors.keys()].sort()) {
    const data = tensors.get(name)?.data ?? new Float32Array();
    hash.update(name).update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  }
  return hash.digest('hex');
}
