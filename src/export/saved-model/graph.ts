import { Graph, type GraphTensor } from '../../engine/graph/graph.js';
import { scaleBytes } from '../../engine/graph/images.js';
import { GraphOps } from '../../engine/graph/ops.js';
import type { NodeDef } from '../../engine/graph/proto.js';
import { Variable } from '../../engine/graph/variables.js';
import type { WeightSpec } from '../../model/layer.js';
import type { TrainedClassifier } from '../format.js';
import { IMAGES, networkOf, walk } from '../network.js';

/** A variable of the graph by the names of its nodes. */
export interface GraphVariable {
  readonly spec: WeightSpec;
  readonly handle: string;
  readonly read: string;
}

export interface InferenceGraph {
  readonly nodes: readonly NodeDef[];
  readonly variables: readonly GraphVariable[];
  /** Names of nodes. */
  readonly images: string;
  readonly probabilities: string;
}

/**
 * The graph that the native engine predicts with, from images to probabilities, its nodes named after their layers
 * and its variables after their weights.
 */
export function inferenceGraph(classifier: TrainedClassifier): InferenceGraph {
  const { model, input } = classifier;
  const graph = new Graph();
  const names = new Map<string, string>();
  /** Puts the nodes since the last call into a scope. */
  const name = (scope: string) => {
    for (const { name } of graph.definition().slice(names.size)) names.set(name, `${scope}/${name}`);
  };

  const images = graph.placeholder(input === 'bytes' ? 'uint8' : 'float', [-1, ...model.inputShape]);
  names.set(images.node, IMAGES);
  const reads = new Map(
    model.weights.map((spec) => {
      const variable = new Variable(graph, spec.name, 'float', spec.shape);
      const read = variable.read();
      names.set(variable.handle.node, spec.name).set(read.node, `${spec.name}/Read`);
      return [spec.name, { spec, variable, read }];
    }),
  );
  const start = input === 'bytes' ? scaleBytes(graph, images) : images;
  name('normalisation');
  let scope = '';
  const ops = new GraphOps(graph, 'float');
  // Every name was declared above.
  const weight = (key: string) => (reads.get(key) as { read: GraphTensor }).read;
  const logits = walk(networkOf(classifier), ops, start, weight, (layer) => {
    if (scope !== '') name(scope);
    scope = layer.name;
  });
  name(scope);
  const probabilities = graph.map('Softmax', [logits]);
  names.set(probabilities.node, 'probabilities');

  const renamed = (node: string) => names.get(node) ?? node;
  return {
    nodes: graph.definition().map((node) => ({
      ...node,
      name: renamed(node.name),
      input: node.input.map((from) => from.replace(/^(\^?)([^:]+)/, (_, control, of) => `${control}${renamed(of)}`)),
    })),
    variables: [...reads.values()].map(({ spec, variable, read }) => ({
      spec,
      handle: renamed(variable.handle.node),
      read: renamed(read.node),
    })),
    images: renamed(images.node),
    probabilities: renamed(probabilities.node),
  };
}
