import type { NamedTensor } from '../../model/tensors.js';

/** A group of Keras' weight files: the variables of a layer or optimizer, and its name. */
export interface VariableGroup {
  /** `layers/conv2d`, or nothing for the model's own. */
  readonly path: string;
  readonly name: string;
  readonly variables: readonly (NamedTensor | bigint)[];
}

let files = 0;

/** An HDF5 file with `<path>/vars/0`, `1`, … of every group, as Keras 3 writes `.weights.h5`. */
export async function encodeWeightsFile(groups: readonly VariableGroup[]): Promise<Uint8Array> {
  const { File, ready } = await import('h5wasm');
  const { FS } = await ready;
  // h5wasm keeps its files in memory, under names of its own.
  const name = `weights-${++files}.h5`;
  const file = new File(name, 'w');
  try {
    for (const { path, name: owner, variables } of groups) {
      const folder = path === '' ? 'vars' : `${path}/vars`;
      makeGroup(file, folder).create_attribute('name', owner);
      variables.forEach((variable, i) => {
        file.create_dataset({ name: `${folder}/${i}`, ...dataset(variable) });
      });
    }
  } finally {
    file.close();
  }
  const bytes = FS.readFile(name);
  FS.unlink(name);
  return bytes;
}

type File = InstanceType<typeof import('h5wasm').File>;
type Group = InstanceType<typeof import('h5wasm').Group>;

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
