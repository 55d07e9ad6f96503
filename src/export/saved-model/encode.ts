import { attr } from '../../engine/graph/proto.js';
import type { ExportedFile, TrainedClassifier } from '../format.js';
import { jsonFile } from '../format.js';
import { encodeBundle } from './bundle.js';
import { type GraphVariable, inferenceGraph } from './graph.js';
import { encodeSavedModel, type SavedNode, saverAttr, tensorInfo } from './proto.js';

/**
 * A SavedModel folder: the graph with variables, their values as a checkpoint V2 bundle, and the signature
 * `serving_default` from `images` [N, height, width, channels] to `probabilities` [N, classes]. The graph restores its
 * variables by nodes of its own, so TensorFlow 1 and 2, TensorFlow Serving and the C API load it alike.
 */
export async function encode(classifier: TrainedClassifier): Promise<ExportedFile[]> {
  const { model, weights, classes, input } = classifier;
  const { nodes, variables, images, probabilities } = inferenceGraph(classifier);
  const dtype = input === 'bytes' ? 'uint8' : 'float';
  const graph = encodeSavedModel({
    nodes: [...nodes, ...saverNodes(variables)],
    saver: {
      filename_tensor_name: `${FILENAME}:0`,
      save_tensor_name: `${SAVED}:0`,
      restore_op_name: RESTORE,
    },
    variables: variables.map(({ spec, handle, read }, i) => ({
      variable_name: `${handle}:0`,
      initializer_name: assignName(i),
      snapshot_name: `${read}:0`,
      trainable: spec.trainable,
    })),
    inputs: { images: tensorInfo(`${images}:0`, dtype, [-1, ...model.inputShape]) },
    outputs: { probabilities: tensorInfo(`${probabilities}:0`, 'float', [-1, model.classes]) },
  });
  const ordered = new Map(variables.flatMap(({ spec: { name } }) => [...weights].filter(([key]) => key === name)));
  return [
    { path: 'saved_model.pb', chunks: [graph] },
    ...encodeBundle('variables/variables', ordered),
    // The folder that TensorFlow Serving leaves to whoever made the model.
    jsonFile('assets.extra/fmnist.json', { classes, input, config: classifier.config }),
  ];
}

const FILENAME = 'save/Const';
const SAVED = 'save/control_dependency';
const RESTORE = 'save/restore_all';

function assignName(index: number): string {
  return `save/Assign_${index}`;
}

/** What TensorFlow's own Saver adds to a graph: the nodes that write and read its variables. */
function saverNodes(variables: readonly GraphVariable[]): SavedNode[] {
  const names = variables.map(({ spec }) => spec.name);
  const slices = names.map(() => '');
  const types = saverAttr.types('float', names.length);
  const strings = (name: string, values: readonly string[], dims: readonly number[]) =>
    node(name, 'Const', [], { dtype: saverAttr.stringType(), value: saverAttr.strings(values, dims) });
  const inputs = [FILENAME, 'save/names', 'save/slices'];
  return [
    strings('save/filename', ['model'], []),
    node(FILENAME, 'PlaceholderWithDefault', ['save/filename'], {
      dtype: saverAttr.stringType(),
      shape: attr.shape([]),
    }),
    strings('save/names', names, [names.length]),
    strings('save/slices', slices, [names.length]),
    node('save/SaveV2', 'SaveV2', [...inputs, ...variables.map(({ read }) => read)], { dtypes: types }),
    node(SAVED, 'Identity', [FILENAME, '^save/SaveV2'], { T: saverAttr.stringType() }),
    node('save/RestoreV2', 'RestoreV2', inputs, { dtypes: types }),
    ...variables.map(({ handle }, i) =>
      node(assignName(i), 'AssignVariableOp', [handle, `save/RestoreV2:${i}`], { dtype: attr.type('float') }),
    ),
    node(
      RESTORE,
      'NoOp',
      variables.map((_, i) => `^${assignName(i)}`),
      {},
    ),
  ];
}

function node(name: string, op: string, input: readonly string[], attrs: SavedNode['attr']): SavedNode {
  return { name, op, input, attr: attrs };
}
