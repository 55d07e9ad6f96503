import { createHash } from 'node:crypto';
import path from 'node:path';
import { nodeFileSystem } from '../../src/files/file-system.js';
import { type NamedTensors, readAll } from '../../src/model/tensors.js';
import { type LoadedCheckpoint, loadCheckpoint } from '../../src/runs/checkpoint.js';
import { trainingStateSchema } from '../../src/training/contracts/state.js';

export async function checkpointOf(folder: string, kind: 'last' | 'best') {
  return inMemory(await loadCheckpoint(nodeFileSystem, path.join(folder, 'checkpoints'), kind, trainingStateSchema));
}

/** All of a loaded checkpoint; its file is closed. */
export async function inMemory<State>({ tensors, state, fallback, close }: LoadedCheckpoint<State>) {
  const loaded = { tensors: await readAll(tensors), state, fallback };
  await close();
  return loaded;
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
