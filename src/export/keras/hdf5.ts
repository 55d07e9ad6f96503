import { promises as fs } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { DataError } from '../../errors.js';
import { temporaryFolder } from '../../files/temporary-folder.js';
import type { NamedTensor } from '../../model/tensors.js';

/** A group of Keras' weight files: the variables of a layer or optimizer, and its name. */
export interface VariableGroup {
  /** `layers/conv2d`, or nothing for the model's own. */
  readonly path: string;
  readonly name: string;
  readonly variables: readonly (NamedTensor | bigint)[];
}

/** An HDF5 file with `<path>/vars/0`, `1`, … of every group, as Keras 3 writes `.weights.h5`. */
export async function encodeWeightsFile(groups: readonly VariableGroup[]): Promise<Uint8Array> {
  const { File, ready } = await import('h5wasm/node');
  await ready;
  // The library writes to a disk or to WebAssembly's memory, which would hold all weights three times.
  const folder = temporaryFolder('fmnist-keras-', DataError);
  try {
    const written = path.join(folder, 'model.weights.h5');
    withoutClock(() => {
      const file = new File(written, 'w');
      try {
        for (const group of groups) writeGroup(file, group);
      } finally {
        file.close();
      }
    });
    return await fs.readFile(written);
  } catch (cause) {
    throw new DataError(`the weights cannot be written to ${tmpdir()}: ${String(cause)}`, {
      hint: 'Make room there, or set TMPDIR to another folder.',
      cause,
    });
  } finally {
    await fs.rm(folder, { recursive: true, force: true });
  }
}

/** HDF5 notes when each array was made, and cannot be told not to: the same weights are to be the same bytes. */
function withoutClock(write: () => void): void {
  const { now } = Date;
  Date.now = () => 0;
  try {
    write();
  } finally {
    Date.now = now;
  }
}

function writeGroup(file: File, { path: place, name, variables }: VariableGroup): void {
  const folder = place === '' ? 'vars' : `${place}/vars`;
  makeGroup(file, folder).create_attribute('name', name);
  for (const [i, variable] of variables.entries()) {
    file.create_dataset({ name: `${folder}/${i}`, ...dataset(variable) });
  }
}

type File = InstanceType<typeof import('h5wasm/node').File>;
type Group = InstanceType<typeof import('h5wasm/node').Group>;

function makeGroup(file: File, path: string): Group {
  return path.split('/').reduce<Group>((parent, part) => {
    const there = parent.keys().includes(part) ? parent.get(part) : parent.create_group(part);
    // Only groups have been made under these names.
    return there as Group;
  }, file);
}

function dataset(variable: NamedTensor | bigint) {
  if (typeof variable === 'bigint') return { data: new BigInt64Array([variable]), shape: [], dtype: '<q' };
  return { data: variable.data, shape: [...variable.shape], dtype: '<f' };
}
