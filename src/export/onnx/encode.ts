import type { ExportedFile, TrainedClassifier } from '../format.js';
import { IMAGES, networkOf, walk } from '../network.js';
import { OnnxGraph, type OnnxValue } from './graph.js';
import { OnnxOps } from './ops.js';
import { encodeModel } from './proto.js';

const OUTPUT = 'probabilities';

/**
 * An ONNX model of opset 17: `images` [batch, height, width, channels], uint8 or float32, to `probabilities`
 * [batch, classes]. Nodes are named after their layers, weights as in the model.
 */
export async function encode(classifier: TrainedClassifier): Promise<ExportedFile[]> {
  const { config, model, weights, classes, input } = classifier;
  const graph = new OnnxGraph(weights);
  const specs = new Map(model.weights.map(({ name, shape }) => [name, shape]));
  const weight = (name: string): OnnxValue => ({ name, shape: specs.get(name) ?? [], layout: 'channelsLast' });
  const images: OnnxValue = { name: IMAGES, shape: model.inputShape, layout: 'channelsLast' };
  graph.scope = 'normalisation';
  const start = input === 'unit' ? images : normalised(graph, images);
  const logits = walk(networkOf(classifier), new OnnxOps(graph), start, weight, ({ name }) => {
    graph.scope = name;
  });
  graph.node('Softmax', [logits], logits, { axis: { i: 1 } }, { name: OUTPUT });
  const bytes = encodeModel({
    name: config.name,
    nodes: graph.nodes,
    tensors: graph.tensors,
    input: { name: IMAGES, type: input === 'bytes' ? 'uint8' : 'float', shape: model.inputShape },
    output: { name: OUTPUT, type: 'float', shape: [model.classes] },
    metadata: { classes: JSON.stringify(classes), input, fmnist: JSON.stringify(config) },
  });
  return [{ path: `${config.name}.onnx`, chunks: [bytes] }];
}

function normalised(graph: OnnxGraph, images: OnnxValue): OnnxValue {
  const floats = graph.node('Cast', [images], images, { to: { i: 1 } });
  return graph.node('Div', [floats, graph.scalar(255)], images);
}
